// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.backup.BackupOperator;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.report.OperatorKey;
import dev.howdah.operator.report.Reports;
import dev.howdah.operator.tree.Tree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Plans are carried out on a server that has something already.
class ExecutorTest {
  private static final String SUBJECT = "Restore r";
  private static final InstantSource CLOCK = InstantSource.system();

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final ObjectNode there = backup("made-for-r");
  private final SimulatedCluster cluster =
      new SimulatedCluster("metadata: {name: c}\nspec: {instances: 1, storage: {size: 1Gi}}\n");
  private volatile boolean away;
  private HttpServer server;
  private KubeClient client;
  private Executor executor;

  /// Has the Backup, and takes every change of the Restore.
  @BeforeEach
  void serverThatHasTheBackup() throws IOException, GeneralSecurityException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          if (away) {
            exchange.close();
            return;
          }
          String method = exchange.getRequestMethod();
          requests.add(method + " " + exchange.getRequestURI().getPath().replaceAll(".*/", ""));
          boolean creates = method.equals("POST");
          ObjectNode answer =
              creates
                  ? Tree.map("kind", "Status", "reason", "AlreadyExists", "code", 409)
                  : method.equals("GET") ? there : restore();
          byte[] body = answer.toString().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(creates ? 409 : 200, body.length);
          try (var out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.start();
    client =
        new KubeClient(
            KubeSettings.of(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                null,
                new KubeSettings.Credential.Anonymous()));
    World world =
        new World(
            client,
            Set.of(),
            new BackupOperator(client, Set.of()).holes(),
            CLOCK,
            _ -> {},
            _ -> {});
    OperatorSettings settings = OperatorSettings.defaults();
    executor =
        new Executor(
            client,
            world,
            new Reports(_ -> {}, OperatorKey.create(CLOCK), null, CLOCK),
            new RolloutPace(settings, CLOCK),
            CLOCK,
            () -> true);
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private static ObjectNode backup(String madeFor) {
    ObjectNode backup = Json.object(Resource.BACKUPS, "db", "r-after-abc");
    backup.withObject("/metadata/labels").put(Labels.MADE_FOR, madeFor);
    return backup;
  }

  private static ObjectNode restore() {
    ObjectNode restore = Json.object(Resource.RESTORES, "db", "r");
    restore.withObject("/metadata").put("uid", "u").put("resourceVersion", "7");
    return restore;
  }

  private Executor.Outcome backsUpAndLetsGo(String madeFor) {
    Blueprint blueprint = cluster.blueprint();
    return executor.execute(
        blueprint,
        Meta.of(cluster.cluster()),
        List.of(
            new Action.Create(Resource.BACKUPS, backup(madeFor), SUBJECT, "it is over"),
            new Action.Merge(
                Resource.RESTORES, Meta.of(restore()), Json.object(), SUBJECT, "it is over")));
  }

  @Test
  void aBackupThatAnEarlierTryHasMadeIsDoneAndWhatFollowsItGoesOn() {
    Executor.Outcome outcome = backsUpAndLetsGo("made-for-r");

    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.stale()).isFalse();
    assertThat(requests).endsWith("PATCH r");
  }

  /// Else the Cluster would be said to need somebody's help, and `howdah up` would end.
  @Test
  void thatTheServerDoesNotAnswerIsNoFailureOfAnAction() {
    away = true;
    assertThatThrownBy(() -> backsUpAndLetsGo("made-for-r"))
        .isInstanceOfSatisfying(
            KubeException.class, e -> assertThat(e.reason()).isEqualTo(KubeException.UNREACHABLE));
  }

  @Test
  void aBackupThatWasMadeForSomethingElseIsNoBackupOfTheRestoredData() {
    Executor.Outcome outcome = backsUpAndLetsGo("made-for-another");

    assertThat(outcome.failures()).singleElement().asString().contains("r-after-abc", "delete it");
    assertThat(requests).doesNotContain("PATCH r");
  }
}
