// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.core.metrics.MetricName;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.operator.work.WorkQueue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OperatorMetricsTest {
  private static final Path PAGE = Path.of("../docs/reference/metrics.md");
  private static final String START = "\n## The operator\n";
  private static final Pattern LISTED = Pattern.compile("^\\| `(\\w+)` \\|", Pattern.MULTILINE);
  private static final Pattern USED = Pattern.compile("\\b(?:cnpg|howdah|process)_[a-z0-9_]+\\b");

  private static final String HEAD =
      """

      ## The operator

      Port 8080, `/metrics`, of each replica's pod; what is about Clusters comes from the one that leads. In the embedded mode, where
      the operator is a part of `howdah up`, nothing is served there.

      | Metric | Type | Labels | Meaning |
      |---|---|---|---|
      """;

  @Test
  void theManualTellsEachMetricOfTheOperator() throws IOException {
    var table = new StringBuilder(HEAD);
    for (MetricName metric : OperatorMetrics.all()) {
      table.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(
                  metric.name(),
                  metric.type().word(),
                  String.join(", ", metric.labels()),
                  metric.help()));
    }
    String page = Files.readString(PAGE);
    String wanted = page.substring(0, page.indexOf(START)) + table;
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, wanted);
    }

    assertThat(PAGE)
        .as("mvn -pl operator -am test -Dtest=OperatorMetricsTest -Dgolden.update writes it")
        .content()
        .isEqualTo(wanted);
  }

  @Test
  void theDashboardAndTheAlertsUseOnlyMetricsThatWeExport() throws IOException {
    Set<String> exported = new TreeSet<>();
    Matcher line = LISTED.matcher(Files.readString(PAGE));
    while (line.find()) {
      exported.add(line.group(1));
    }
    assertThat(exported).hasSizeGreaterThan(100);

    for (String file :
        new String[] {"../dashboards/howdah-grafana.json", "../dashboards/alerts.yaml"}) {
      Matcher used = USED.matcher(Files.readString(Path.of(file)));
      Set<String> names = new TreeSet<>();
      while (used.find()) {
        names.add(used.group());
      }
      assertThat(names).as(file).hasSizeGreaterThan(10);
      assertThat(exported).as(file).containsAll(names);
    }
  }

  @Test
  void tellsHowTheLastDrillWent() throws IOException {
    var metrics = new Metrics();
    JsonNode drill =
        new YAMLMapper()
            .readTree(
                """
                spec: {cluster: {name: shop}}
                status:
                  lastSuccessTime: "2026-11-21T10:00:30Z"
                  history:
                    - {result: Succeeded, endedAt: "2026-11-21T10:00:30Z", recoverySeconds: 12, recoveryPointSeconds: 4}
                    - {result: Failed, endedAt: "2026-11-20T10:00:30Z"}
                """);

    OperatorMetrics.drill(metrics, "db", "nightly", drill);

    assertThat(metrics.text())
        .contains(
            "howdah_restore_drill_success{namespace=\"db\",cluster=\"shop\",drill=\"nightly\"} 1\n",
            "howdah_restore_drill_recovery_seconds{namespace=\"db\",cluster=\"shop\",drill=\"nightly\"} 12\n",
            "howdah_restore_drill_recovery_point_seconds{namespace=\"db\",cluster=\"shop\",drill=\"nightly\"} 4\n",
            "howdah_restore_drill_last_success_timestamp{namespace=\"db\",cluster=\"shop\",drill=\"nightly\"} 1795255230\n");
  }

  @Test
  void servesThemOverHttp() throws Exception {
    var metrics = new Metrics();
    OperatorMetrics.leading(metrics, true);
    OperatorMetrics.webhooks(metrics, Instant.ofEpochSecond(7));
    OperatorMetrics.queue(
        metrics, new WorkQueue.Figures("cluster", 3, 1, Duration.ofMillis(1500), 1, 0));
    try (var server = MetricsServer.start(new InetSocketAddress("127.0.0.1", 0), () -> metrics);
        HttpClient http = HttpClient.newHttpClient()) {
      var answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:%d/metrics".formatted(server.port())))
                  .build(),
              BodyHandlers.ofString());

      assertThat(answer.headers().firstValue("Content-Type")).hasValue(Metrics.CONTENT_TYPE);
      assertThat(answer.body())
          .contains(
              "howdah_operator_leading 1\n",
              "howdah_operator_webhook_certificate_end_timestamp 7\n",
              "howdah_operator_passes_seconds_total{queue=\"cluster\"} 1.5\n");
    }
  }
}
