// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.StatusServer;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ThrowawayPostgres;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// The exporter as Prometheus sees it, with a real server and with the API server away.
class ExporterIT {
  private static final String CLUSTER =
      """
      {"metadata": {"name": "c"}, "spec": {"monitoring": {"metricsQueriesTTL": "%s", "disableDefaultQueries": true}}}
      """;

  @Test
  void answersWithOrWithoutPostgresAndRunsQueriesOnlyAsOftenAsIsAllowed() throws Exception {
    var cluster = new AtomicReference<JsonNode>(Json.parse(CLUSTER.formatted("10m")));
    try (var server = ThrowawayPostgres.start(Map.of("wal_level", "replica"));
        var kube =
            new KubeClient(
                KubeSettings.withToken(URI.create("http://127.0.0.1:1"), null, "nobody"))) {
      try (var admin = PgServer.local(address(server))) {
        new Roles(admin).ensureMetrics();
      }
      var parts =
          new Exporter.Parts(
              "c-1",
              "db",
              cluster::get,
              address(server),
              () -> Map.of("data", server.dataDirectory(), "pg_wal", wal(server.dataDirectory())),
              () -> new Exporter.Leading(true, 7));
      var exporter = new Exporter(parts, kube, InstantSource.system());
      try (var http =
              StatusServer.startPlain(
                  new InetSocketAddress("127.0.0.1", 0),
                  Map.of("/metrics", Endpoint.open(exporter)));
          HttpClient client = HttpClient.newHttpClient()) {
        String first = get(client, http.port());
        String second = get(client, http.port());

        assertThat(first)
            .contains(
                "cnpg_collector_up{cluster=\"c\"} 1\n",
                "cnpg_cache_miss 1\n",
                "howdah_leading 1\n",
                "howdah_lease_term 7\n",
                "cnpg_last_error 0\n",
                "cnpg_collector_pg_wal{value=\"volume_max\"}",
                "howdah_volume_available_bytes{volume=\"data\"}",
                "process_resident_memory_bytes ")
            .contains("cnpg_collector_postgres_version{full=\"")
            .doesNotContain("volume_max\"} NaN");
        assertThat(second)
            .contains("cnpg_cache_hits 1\n", "cnpg_cache_miss 1\n", "collections_total 2\n");

        cluster.set(Json.parse(CLUSTER.formatted("0")));
        server.stop();

        assertThat(get(client, http.port()))
            .contains(
                "cnpg_collector_up{cluster=\"c\"} 0\n",
                "cnpg_collector_last_collection_error 1\n",
                "cnpg_collector_fencing_on 0\n");
      }
    }
  }

  private static Path wal(Path data) {
    return data.resolve("pg_wal");
  }

  private static ServerAddress.Local address(ThrowawayPostgres server) {
    return new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT);
  }

  private static String get(HttpClient client, int port) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/metrics".formatted(port))).build();
    return client.send(request, BodyHandlers.ofString()).body();
  }
}
