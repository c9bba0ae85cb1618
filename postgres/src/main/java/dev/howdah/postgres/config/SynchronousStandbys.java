// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import dev.howdah.postgres.config.ClusterSettings.SynchronousSettings;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Whom commits wait for: the value of `synchronous_standby_names`.
public record SynchronousStandbys(boolean first, int number, List<String> names) {
  public SynchronousStandbys {
    names = List.copyOf(names);
    if (number < 1 || names.isEmpty()) {
      throw new IllegalArgumentException("synchronous replication needs a number and names");
    }
  }

  /// What the Cluster asks for, seen from this primary.
  ///
  /// Names of instances that are down stay in the list when durability is required, so that commits
  /// wait for them. Standbys in the primary's own failure domain are left out as long as enough
  /// others remain.
  public static Optional<SynchronousStandbys> of(ClusterSettings cluster, String primary) {
    SynchronousSettings settings = cluster.synchronous();
    return settings != null ? explicit(cluster, settings, primary) : legacy(cluster, primary);
  }

  private static Optional<SynchronousStandbys> explicit(
      ClusterSettings cluster, SynchronousSettings settings, String primary) {
    List<String> healthy =
        cluster.status().healthyInstances().stream()
            .filter(name -> !name.equals(primary))
            .sorted()
            .toList();
    var local = new LinkedHashSet<>(healthy);
    if (settings.required()) {
      cluster.status().instanceNames().stream()
          .filter(name -> !name.equals(primary))
          .sorted()
          .forEach(local::add);
      if (!primary.isEmpty()) {
        local.add(primary);
      }
    }
    List<String> names = new ArrayList<>(inOtherDomains(cluster, settings, primary, local));
    if (settings.maxFromCluster() >= 0 && names.size() > settings.maxFromCluster()) {
      names = names.subList(0, settings.maxFromCluster());
    }
    if (!settings.required()) {
      int number = Math.min(settings.number(), names.size());
      return number == 0
          ? Optional.empty()
          : Optional.of(new SynchronousStandbys(settings.first(), number, names));
    }
    var all = new ArrayList<>(settings.before());
    all.addAll(names);
    all.addAll(settings.after());
    if (all.isEmpty()) {
      all.add(cluster.name() + "-placeholder");
    }
    return Optional.of(new SynchronousStandbys(settings.first(), settings.number(), all));
  }

  private static List<String> inOtherDomains(
      ClusterSettings cluster,
      SynchronousSettings settings,
      String primary,
      LinkedHashSet<String> local) {
    List<String> all = List.copyOf(local);
    if (settings.domainKeys().isEmpty()) {
      return all;
    }
    List<String> elsewhere = elsewhere(cluster, settings.domainKeys(), primary, all);
    int enough = settings.required() ? settings.number() : 1;
    return elsewhere.size() >= enough ? elsewhere : all;
  }

  private static List<String> elsewhere(
      ClusterSettings cluster, List<String> labels, String primary, List<String> names) {
    Map<String, Map<String, String>> topology = cluster.status().topology();
    Map<String, String> mine = topology.getOrDefault(primary, Map.of());
    if (mine.isEmpty()) {
      return List.of();
    }
    return names.stream()
        .filter(name -> !name.equals(primary) && topology.containsKey(name))
        .filter(name -> differ(labels, mine, topology.getOrDefault(name, Map.of())))
        .toList();
  }

  private static boolean differ(
      List<String> labels, Map<String, String> one, Map<String, String> other) {
    return labels.stream()
        .anyMatch(key -> !one.getOrDefault(key, "").equals(other.getOrDefault(key, "")));
  }

  private static Optional<SynchronousStandbys> legacy(ClusterSettings cluster, String primary) {
    if (cluster.maxSyncReplicas() <= 0) {
      return Optional.empty();
    }
    List<String> healthy =
        cluster.status().healthyInstances().stream()
            .filter(name -> !name.equals(primary))
            .sorted()
            .toList();
    if (!cluster.electionLabels().isEmpty() && !cluster.status().topology().isEmpty()) {
      healthy = elsewhere(cluster, cluster.electionLabels(), primary, healthy);
    }
    int number = Math.min(cluster.maxSyncReplicas(), healthy.size());
    return number == 0
        ? Optional.empty()
        : Optional.of(new SynchronousStandbys(false, number, healthy));
  }

  /// The parameter's value, as in `ANY 1 ("a","b")`.
  public String toSetting() {
    return (first ? "FIRST " : "ANY ")
        + number
        + names.stream()
            .map(name -> "\"" + name.replace("\"", "\"\"") + "\"")
            .collect(Collectors.joining(",", " (", ")"));
  }

  /// The same as JSON, which the API publishes in `cnpg.synchronous_standby_names_metadata`.
  String toJson() {
    return "{\"method\":\""
        + (first ? "FIRST" : "ANY")
        + "\",\"number\":"
        + number
        + ",\"standbyNames\":"
        + names.stream()
            .map(name -> "\"" + name.replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
            .collect(Collectors.joining(",", "[", "]"))
        + "}";
  }
}
