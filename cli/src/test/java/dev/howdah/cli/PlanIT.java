// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.ThrowawayServer;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `howdah plan` on the embedded API server, without an operator: what a server judges.
class PlanIT {
  private static final String SHOP =
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata: {name: shop, namespace: db}
      spec:
        instances: 2
        storage: {size: 1Gi}
      """;

  @TempDir Path scratch;
  private ThrowawayServer server;
  private KubeClient client;

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void start() throws IOException {
    server = ThrowawayServer.start(List.of(new KindAdmission("pg:18")), PodBackend.none());
    client = Connection.open(server.kubeconfig());
    Installed.into(client, scratch);
    client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", "db"));
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private Ran plan(String manifest, String... more) throws IOException {
    Path file = Files.writeString(scratch.resolve("manifest.yaml"), manifest);
    var out = new StringWriter();
    var err = new StringWriter();
    var arguments =
        Stream.concat(
                Stream.of("plan", "--kubeconfig", server.kubeconfig().toString(), file.toString()),
                Stream.of(more))
            .toArray(String[]::new);
    int exit =
        Main.commandLine("howdah")
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void aNewClusterIsForetoldAndNotMade() throws IOException {
    Ran ran = plan(SHOP, "--exit-code");

    assertThat(ran.exit()).isEqualTo(3);
    assertThat(ran.out())
        .contains(
            "Cluster db/shop: would be created", "create     Pod shop-2", "Nothing was changed.");
    assertThat(client.find(Resource.CLUSTERS, "db", "shop")).isEmpty();
  }

  @Test
  void anUnchangedManifestChangesNothingAndAChangedOneSaysWhat() throws IOException {
    new Applier(client, _ -> {}).apply(manifests(SHOP));

    Ran same = plan(SHOP, "--exit-code");
    assertThat(same.err()).isEmpty();
    assertThat(same)
        .satisfies(
            ran -> assertThat(ran.out()).contains("Cluster db/shop: unchanged"),
            ran -> assertThat(ran.exit()).isZero());

    Ran changed = plan(SHOP.replace("instances: 2", "instances: 3"), "-o", "json");
    var object = Json.parse(changed.out().getBytes(StandardCharsets.UTF_8)).at("/objects/0");
    assertThat(object.path("verdict").asText()).isEqualTo("change");
    assertThat(object.at("/fields/0/path").asText()).isEqualTo("spec.instances");
    assertThat(object.at("/fields/0/after").asText()).isEqualTo("3");
    assertThat(client.get(Resource.CLUSTERS, "db", "shop").at("/spec/instances").asInt())
        .isEqualTo(2);
  }

  @Test
  void allThatTheServerWouldRefuseIsNamed() throws IOException {
    new Applier(client, _ -> {}).apply(manifests(SHOP));

    Ran ran = plan(SHOP.replace("instances: 2", "instances: 0").replace("1Gi", "lots"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out())
        .contains("Cluster db/shop: would be refused", "spec.instances", "spec.storage.size");
  }

  @Test
  void aFileThatIsNoManifestIsSaidToBeOne() throws IOException {
    Ran ran = plan("a: [");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.err()).contains("manifest.yaml, line 1");
  }

  @Test
  void nothingIsAskedOfAServerOffline() throws IOException {
    Ran ran = plan(SHOP.replace("namespace: db", "namespace: nowhere"), "--offline");

    assertThat(ran.exit()).isZero();
    assertThat(ran.out()).contains("Cluster nowhere/shop: would be created");
  }

  @Test
  void aFieldTakenOutOfTheFileGoesAsWithKubectl() throws IOException {
    String with = SHOP.replace("instances: 2", "instances: 2\n  description: first");
    new Applier(client, _ -> {}).apply(manifests(with));
    var live = client.get(Resource.CLUSTERS, "db", "shop");
    live.withObject("/metadata")
        .withObject("/annotations")
        .put(
            "kubectl.kubernetes.io/last-applied-configuration",
            manifests(with).objects().getFirst().toString());
    client.update(Resource.CLUSTERS, live);

    Ran ran = plan(SHOP);

    assertThat(ran.out()).contains("spec.description: first -> (none)");
  }

  private Manifests manifests(String text) throws IOException {
    return Manifests.read(List.of(Files.writeString(scratch.resolve("applied.yaml"), text)));
  }
}
