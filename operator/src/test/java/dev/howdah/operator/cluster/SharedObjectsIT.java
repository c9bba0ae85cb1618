// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.postgres.sql.DefaultQueries;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedObjectsIT {
  private static final String HOME = "howdah-system";

  @Test
  void clustersOfTheOperatorsNamespaceHaveDefaultQueriesToo(@TempDir Path home) throws Exception {
    try (var api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none())) {
      api.writeKubeconfig(home.resolve("admin"));
      try (var client = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")))) {
        for (String namespace : List.of(HOME, "db")) {
          client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", namespace));
        }

        keep(client, HOME);
        assertThat(queries(client, HOME)).isEqualTo(DefaultQueries.yaml());

        // as an earlier version left it: no source for others, and brought up to date itself
        ObjectNode old = Json.object();
        old.putObject("data").put("queries", "old: {}");
        client.merge(Resource.CONFIG_MAPS, HOME, ObjectNames.DEFAULT_MONITORING, old);
        keep(client, "db");
        keep(client, HOME);
        assertThat(queries(client, "db")).isEqualTo(DefaultQueries.yaml());
        assertThat(queries(client, HOME)).isEqualTo(DefaultQueries.yaml());

        // an administrator's own: left alone, and the source for others
        client.delete(
            Resource.CONFIG_MAPS, HOME, ObjectNames.DEFAULT_MONITORING, DeleteOptions.DEFAULT);
        ObjectNode own =
            Json.object(Resource.CONFIG_MAPS, HOME, ObjectNames.DEFAULT_MONITORING)
                .set("data", Json.parse("{\"queries\": \"{}\"}"));
        client.create(Resource.CONFIG_MAPS, own);
        keep(client, HOME);
        keep(client, "db");
        assertThat(queries(client, HOME)).isEqualTo("{}");
        assertThat(queries(client, "db")).isEqualTo("{}");
      }
    }
  }

  @Test
  void theOperatorsPullSecretIsCopiedToWhereItsClustersAre(@TempDir Path home) throws Exception {
    try (var api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none())) {
      api.writeKubeconfig(home.resolve("admin"));
      try (var client = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")))) {
        for (String namespace : List.of(HOME, "db")) {
          client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", namespace));
        }
        String copy = ObjectNames.pullSecret("c");

        keep(client, "db"); // before there is a source: no Cluster waits for it
        assertThat(client.find(Resource.SECRETS, "db", copy)).isEmpty();

        ObjectNode source = Json.object(Resource.SECRETS, HOME, "cnpg-pull-secret");
        source.put("type", "kubernetes.io/dockerconfigjson");
        source.set("data", Json.parse("{\".dockerconfigjson\": \"e30=\"}"));
        client.create(Resource.SECRETS, source);
        keep(client, "db");
        ObjectNode made = client.get(Resource.SECRETS, "db", copy);
        assertThat(made.path("type").asText()).isEqualTo("kubernetes.io/dockerconfigjson");
        assertThat(made.at("/data/.dockerconfigjson").asText()).isEqualTo("e30=");
        assertThat(made.at("/metadata/ownerReferences/0/kind").asText()).isEqualTo("Cluster");

        // the registry's password changes
        ObjectNode change = Json.object();
        change.putObject("data").put(".dockerconfigjson", "eyJhIjoxfQ==");
        client.merge(Resource.SECRETS, HOME, "cnpg-pull-secret", change);
        keep(client, "db");
        assertThat(client.get(Resource.SECRETS, "db", copy).at("/data/.dockerconfigjson").asText())
            .isEqualTo("eyJhIjoxfQ==");

        // a user's own of this name is left alone
        client.delete(Resource.SECRETS, "db", copy, DeleteOptions.DEFAULT);
        ObjectNode own = Json.object(Resource.SECRETS, "db", copy);
        own.set("data", Json.parse("{\"mine\": \"e30=\"}"));
        client.create(Resource.SECRETS, own);
        keep(client, "db");
        assertThat(client.get(Resource.SECRETS, "db", copy).path("data").has(".dockerconfigjson"))
            .isFalse();
      }
    }
  }

  private static String queries(KubeClient client, String namespace) {
    return client
        .get(Resource.CONFIG_MAPS, namespace, ObjectNames.DEFAULT_MONITORING)
        .at("/data/queries")
        .asText();
  }

  private static void keep(KubeClient client, String namespace) {
    var settings = OperatorSettings.of(List.of(Map.of("OPERATOR_NAMESPACE", HOME)));
    var cluster =
        new SimulatedCluster(
            """
            metadata: {name: c, namespace: %s}
            spec: {instances: 1, storage: {size: 1Gi}}
            """
                .formatted(namespace),
            settings);
    new SharedObjects(client, settings, InstantSource.system(), () -> true)
        .keep(cluster.blueprint());
  }
}
