// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What `spec.monitoring` and the bootstrap say.
///
/// @param age up to which results are told again
/// @param database that queries run in unless they name others
/// @param tls whether metrics are served over HTTPS
record MonitoringFields(String cluster, Duration age, String database, boolean tls) {
  private static final Duration AGE = Duration.ofSeconds(30);
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(h|ms|m|s|us|µs|ns)");

  static MonitoringFields of(JsonNode cluster) {
    JsonNode spec = cluster.path("spec");
    JsonNode monitoring = spec.path("monitoring");
    String database = "";
    for (String kind : List.of("initdb", "recovery", "pg_basebackup")) {
      String named = spec.path("bootstrap").path(kind).path("database").asText("");
      database = database.isEmpty() ? named : database;
    }
    return new MonitoringFields(
        Json.name(cluster),
        duration(monitoring.path("metricsQueriesTTL").asText("")),
        database.isEmpty() ? "postgres" : database,
        monitoring.path("tls").path("enabled").asBoolean(false));
  }

  /// A length of time as the API writes it, `1m30s`; 30 s where it is something else.
  static Duration duration(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher part = PART.matcher(text);
    double nanos = 0;
    int at = 0;
    while (part.region(at, text.length()).lookingAt()) {
      nanos += Double.parseDouble(part.group(1)) * unit(part.group(2));
      at = part.end();
    }
    return at > 0 && at == text.length() ? Duration.ofNanos((long) nanos) : AGE;
  }

  private static double unit(String name) {
    return switch (name) {
      case "h" -> 3600e9;
      case "m" -> 60e9;
      case "s" -> 1e9;
      case "ms" -> 1e6;
      case "ns" -> 1;
      default -> 1e3;
    };
  }
}
