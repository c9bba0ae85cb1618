// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.metrics.MetricName;
import dev.howdah.postgres.sql.DefaultQueries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The manual's list of an instance's metrics, made from what exports them.
class MetricsPageTest {
  private static final Path PAGE = Path.of("../docs/reference/metrics.md");
  private static final String END = "\n## The operator\n";
  private static final String TABLE = "\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n";

  private static final String HEAD =
      """
      # Metrics

      Made from the code: tests compare this page with what is exported. How to read them: [Monitor](../how-to/monitor.md).

      ## An instance itself

      Port 9187, `/metrics`, of each instance's pod.
      """;

  private static final String DEFAULTS =
      """

      ## The default queries

      In each namespace with Clusters as ConfigMap `cnpg-default-monitoring`, key `queries`. Instances run them before those of
      `spec.monitoring`, unless that says `disableDefaultQueries: true`; nothing is added to the Cluster's definition. `runs` says where, if not on every instance.
      """;

  @Test
  void theManualTellsEachMetricOfAnInstance() throws IOException {
    String page = Files.exists(PAGE) ? Files.readString(PAGE) : END;
    String wanted = instances() + page.substring(page.indexOf(END));
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, wanted);
    }

    assertThat(PAGE)
        .as("mvn -pl instance-manager -am test -Dtest=MetricsPageTest -Dgolden.update writes it")
        .content()
        .isEqualTo(wanted);
  }

  private static String instances() throws IOException {
    var page = new StringBuilder(HEAD).append(TABLE);
    Map<String, MetricName> own = new LinkedHashMap<>();
    CollectorMetrics.all().forEach(metric -> own.put(metric.name(), metric));
    metrics(QuerySources.collector()).forEach(metric -> own.putIfAbsent(metric.name(), metric));
    own.values().forEach(metric -> page.append(line(metric, metric.help())));
    page.append(DEFAULTS).append(TABLE);
    for (UserQuery query : QuerySources.parse(DefaultQueries.yaml()).queries().values()) {
      for (MetricName metric : query.metrics()) {
        page.append(line(metric, metric.help() + where(query)));
      }
    }
    return page.toString();
  }

  private static Collection<MetricName> metrics(QueryFile file) {
    return file.queries().values().stream().flatMap(query -> query.metrics().stream()).toList();
  }

  private static String where(UserQuery query) {
    String versions =
        switch (query.name()) {
          case "pg_stat_bgwriter" -> "; runs before PostgreSQL 17";
          case "pg_stat_bgwriter_17", "pg_stat_checkpointer" -> "; runs since PostgreSQL 17";
          default -> "";
        };
    return versions
        + (query.primaryOnly() ? "; runs on the primary" : "")
        + (query.databases().equals(List.of("*")) ? "; runs in each database" : "");
  }

  private static String line(MetricName metric, String help) {
    return "| `%s` | %s | %s | %s |\n"
        .formatted(metric.name(), metric.type().word(), String.join(", ", metric.labels()), help);
  }
}
