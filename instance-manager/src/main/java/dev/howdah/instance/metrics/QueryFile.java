// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.metrics.MetricName;
import dev.howdah.core.metrics.MetricType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Queries as a ConfigMap or a Secret holds them: a map of names to queries.
///
/// @param queries by name
/// @param problems by name: why a query can't be used
record QueryFile(Map<String, UserQuery> queries, Map<String, String> problems) {
  static final QueryFile NONE = new QueryFile(Map.of(), Map.of());

  private static final String PREFIX = "cnpg_";

  /// Takes the queries of a tree that was read from YAML.
  static QueryFile of(JsonNode tree) {
    var queries = new LinkedHashMap<String, UserQuery>();
    var problems = new LinkedHashMap<String, String>();
    if (!tree.isObject()) {
      if (!tree.isMissingNode() && !tree.isNull()) {
        problems.put("", "a map of names to queries is expected");
      }
      return new QueryFile(queries, problems);
    }
    tree.properties()
        .forEach(entry -> {
          try {
            queries.put(entry.getKey(), query(entry.getKey(), entry.getValue()));
          } catch (IllegalArgumentException e) {
            problems.put(entry.getKey(), String.valueOf(e.getMessage()));
          }
        });
    return new QueryFile(queries, problems);
  }

  /// This one, with those of another one added; of the same name the other's counts.
  QueryFile and(QueryFile later) {
    var all = new LinkedHashMap<>(queries);
    var wrong = new LinkedHashMap<>(problems);
    later.queries.forEach((name, query) -> {
      all.remove(name);
      all.put(name, query);
      wrong.remove(name);
    });
    later.problems.forEach((name, problem) -> {
      all.remove(name);
      wrong.put(name, problem);
    });
    return new QueryFile(all, wrong);
  }

  /// The same, with names looked up in PostgreSQL's own schema only: for queries that run
  /// everywhere, also where nobody trusts the owner of the database.
  QueryFile catalogOnly() {
    var all = new LinkedHashMap<>(queries);
    all.replaceAll((_, query) -> query.asCatalogOnly());
    return new QueryFile(all, problems);
  }

  private static UserQuery query(String name, JsonNode node) {
    String sql = node.path("query").asText("").strip();
    if (sql.isEmpty()) {
      throw new IllegalArgumentException("it has no query");
    }
    List<String> databases = new ArrayList<>();
    node.path("target_databases").forEach(database -> databases.add(database.asText()));
    return new UserQuery(
        name,
        withoutEnd(sql),
        withoutEnd(node.path("predicate_query").asText("").strip()),
        node.path("primary").asBoolean(false) || node.path("master").asBoolean(false),
        false,
        VersionRange.parse(node.path("runonserver").asText("")),
        databases,
        columns(node.path("name").asText(name), node.path("metrics")));
  }

  private static String withoutEnd(String sql) {
    return sql.endsWith(";") ? sql.substring(0, sql.length() - 1).strip() : sql;
  }

  private static List<UserQuery.Column> columns(String base, JsonNode metrics) {
    List<Map.Entry<String, JsonNode>> given = new ArrayList<>();
    metrics.forEach(one -> given.addAll(one.properties()));
    if (given.isEmpty()) {
      throw new IllegalArgumentException("it has no metrics");
    }
    List<String> labels =
        given.stream()
            .filter(one -> usage(one.getKey(), one.getValue()) == Usage.LABEL)
            .map(Map.Entry::getKey)
            .toList();
    for (String label : labels) {
      if (!MetricName.isLabel(label)) {
        throw new IllegalArgumentException(
            "column \"%s\" can't be a label: letters, digits and _ only; name it otherwise with AS"
                .formatted(label));
      }
    }
    return given.stream().map(one -> column(base, one.getKey(), one.getValue(), labels)).toList();
  }

  private static UserQuery.Column column(
      String base, String column, JsonNode node, List<String> labels) {
    Usage usage = usage(column, node);
    MetricType type =
        switch (usage) {
          case COUNTER -> MetricType.COUNTER;
          case GAUGE, MAPPEDMETRIC, DURATION -> MetricType.GAUGE;
          case HISTOGRAM -> MetricType.HISTOGRAM;
          case DISCARD, LABEL -> null;
        };
    if (type == null) {
      return new UserQuery.Column(column, usage, null, Map.of());
    }
    String name =
        PREFIX
            + base
            + "_"
            + node.path("name").asText(column)
            + (usage == Usage.DURATION ? "_milliseconds" : "");
    if (!MetricName.isName(name)) {
      throw new IllegalArgumentException(
          "\"%s\" is no name of a metric: letters, digits and _ only; give it a name"
              .formatted(name));
    }
    Map<String, Double> mapping = new HashMap<>();
    node.path("metric_mapping")
        .properties()
        .forEach(one -> mapping.put(one.getKey(), one.getValue().asDouble(Double.NaN)));
    return new UserQuery.Column(
        column,
        usage,
        new MetricName(name, type, labels, node.path("description").asText("")),
        mapping);
  }

  private static Usage usage(String column, JsonNode node) {
    String text = node.path("usage").asText("");
    for (Usage usage : Usage.values()) {
      if (usage.name().equals(text)) {
        return usage;
      }
    }
    throw new IllegalArgumentException(
        "usage of column %s is \"%s\"; there are: %s"
            .formatted(column, text, List.of(Usage.values())));
  }
}
