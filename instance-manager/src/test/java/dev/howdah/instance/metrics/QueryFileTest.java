// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.metrics.MetricName;
import dev.howdah.core.metrics.MetricType;
import dev.howdah.postgres.sql.DefaultQueries;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueryFileTest {
  @Test
  void readsAQueryWithAllThatTheApiKnows() throws IOException {
    var file =
        QuerySources.parse(
            """
            slow:
              name: statements
              query: "SELECT 1;"
              predicate_query: SELECT true
              primary: true
              runonserver: ">=15.0.0 <17.0.0"
              target_databases: [app, "shop*"]
              cache_seconds: 30
              metrics:
                - who: {usage: LABEL, pg_version: "15"}
                - n: {usage: COUNTER, name: count, description: How many}
                - state: {usage: MAPPEDMETRIC, metric_mapping: {up: 1, down: 0}}
                - took: {usage: DURATION}
                - spread: {usage: HISTOGRAM}
                - rest: {usage: DISCARD}
            """);

    assertThat(file.problems()).isEmpty();
    UserQuery query = file.queries().get("slow");
    assertThat(query.sql()).isEqualTo("SELECT 1");
    assertThat(query.primaryOnly()).isTrue();
    assertThat(query.databases()).containsExactly("app", "shop*");
    assertThat(query.metrics())
        .containsExactly(
            MetricName.counter("cnpg_statements_count", "How many", "who"),
            MetricName.gauge("cnpg_statements_state", "", "who"),
            MetricName.gauge("cnpg_statements_took_milliseconds", "", "who"),
            new MetricName("cnpg_statements_spread", MetricType.HISTOGRAM, List.of("who"), ""));
  }

  @Test
  void saysWhatIsWrongWithAQueryAndUsesTheOthers() throws IOException {
    var file =
        QuerySources.parse(
            """
            good: {query: SELECT 1 AS n, metrics: [{n: {usage: GAUGE}}]}
            empty: {metrics: [{n: {usage: GAUGE}}]}
            aimless: {query: SELECT 1}
            lower: {query: SELECT 1, metrics: [{n: {usage: gauge}}]}
            label: {query: SELECT 1, metrics: [{"a-b": {usage: LABEL}}]}
            dashed-name: {query: SELECT 1, metrics: [{n: {usage: GAUGE}}]}
            version: {query: SELECT 1, runonserver: sixteen, metrics: [{n: {usage: GAUGE}}]}
            """);

    assertThat(file.queries()).containsOnlyKeys("good");
    assertThat(file.problems().get("empty")).contains("no query");
    assertThat(file.problems().get("aimless")).contains("no metrics");
    assertThat(file.problems().get("lower")).contains("usage of column n is \"gauge\"", "GAUGE");
    assertThat(file.problems().get("label")).contains("column \"a-b\" can't be a label");
    assertThat(file.problems().get("dashed-name")).contains("cnpg_dashed-name_n");
    assertThat(file.problems().get("version")).contains("runonserver \"sixteen\"");
  }

  @Test
  void letsALaterQueryReplaceAnEarlierOneOfTheSameName() throws IOException {
    var first = QuerySources.parse("a: {query: SELECT 1 AS n, metrics: [{n: {usage: GAUGE}}]}");
    var second = QuerySources.parse("a: {query: SELECT 2 AS n, metrics: [{n: {usage: GAUGE}}]}");

    assertThat(first.and(second).queries().get("a").sql()).isEqualTo("SELECT 2 AS n");
    assertThat(first.and(QuerySources.parse("a: {query: SELECT 1}")).queries()).isEmpty();
  }

  @Test
  void theQueriesThatComeWithHowdahAreSound() throws IOException {
    assertThat(QuerySources.collector().problems()).isEmpty();
    assertThat(QuerySources.parse(DefaultQueries.yaml()).problems()).isEmpty();
  }

  @Test
  void takesAListOrNothingForNoMapOfQueries() throws IOException {
    assertThat(QuerySources.parse("- a").problems()).hasSize(1);
    assertThat(QuerySources.parse("").queries()).isEmpty();
  }
}
