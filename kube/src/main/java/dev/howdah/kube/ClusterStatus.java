// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What archive and backups write into the Cluster's status, each time against the newest version:
/// other writers' conditions stay as they are.
public final class ClusterStatus {
  private static final int ATTEMPTS = 8;
  private static final Set<String> IN_STORE = Set.of("barmanObjectStore", "plugin");
  private static final Duration CALL = Duration.ofSeconds(5);

  private final KubeClient kube;
  private final String namespace;
  private final String name;
  private final InstantSource clock;

  /// @param status as conditions have it: True, False
  public record Condition(String type, boolean status, String reason, String message) {}

  public ClusterStatus(KubeClient kube, String namespace, String name, InstantSource clock) {
    this.kube = kube.deadline(CALL);
    this.namespace = namespace;
    this.name = name;
    this.clock = clock;
  }

  /// Sets a condition.
  ///
  /// @return whether it changed anything
  /// @throws KubeException if it can't be written
  public boolean set(Condition condition) {
    return change(cluster -> {
      JsonNode there = cluster.path("status").path("conditions");
      ArrayNode all = JsonNodeFactory.instance.arrayNode();
      String since = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
      ObjectNode fresh = Json.object();
      String status = condition.status() ? "True" : "False";
      boolean same = false;
      for (JsonNode old : there) {
        if (!old.path("type").asText("").equals(condition.type())) {
          all.add(old);
        } else if (old.path("status").asText("").equals(status)) {
          since = old.path("lastTransitionTime").asText(since);
          same =
              old.path("reason").asText("").equals(condition.reason())
                  && old.path("message").asText("").equals(condition.message());
        }
      }
      fresh.put("type", condition.type()).put("status", status);
      fresh.put("reason", condition.reason()).put("message", condition.message());
      fresh.put("lastTransitionTime", since);
      all.add(fresh);
      ObjectNode fields = Json.object();
      if (!same) {
        fields.set("conditions", all);
      }
      return fields;
    });
  }

  /// Writes fields of the status as they are given; null removes one.
  public void put(ObjectNode fields) {
    change(_ -> fields);
  }

  /// Writes from when to when one method's backups reach; the fields without a method are about all
  /// of them. Backups in the Cluster's store are of one method at a time: what was said of the
  /// other is of a store that it no longer has, or of the same backups.
  ///
  /// @param first when the oldest ended; null: there is none
  /// @param last when the newest ended
  public void putBackups(String method, @Nullable String first, @Nullable String last) {
    change(cluster -> {
      ObjectNode fields = Json.object();
      JsonNode status = cluster.path("status");
      total(status, fields, "firstRecoverabilityPoint", method, first, Comparator.naturalOrder());
      total(status, fields, "lastSuccessfulBackup", method, last, Comparator.reverseOrder());
      return fields;
    });
  }

  private static void total(
      JsonNode status,
      ObjectNode fields,
      String field,
      String method,
      @Nullable String time,
      Comparator<String> order) {
    var said = new TreeMap<String, String>();
    status
        .path(field + "ByMethod")
        .properties()
        .forEach(entry -> said.put(entry.getKey(), entry.getValue().asText("")));
    var times = new TreeMap<>(said);
    if (IN_STORE.contains(method)) {
      times.keySet().removeAll(IN_STORE);
    }
    times.remove(method);
    if (time != null) {
      times.put(method, time);
    }
    times.values().removeIf(String::isEmpty);
    @Nullable String total = times.values().stream().min(order).orElse(null);
    if (!Objects.equals(total, status.path(field).asText(null))) {
      fields.put(field, total);
    }
    if (!said.equals(times)) {
      ObjectNode byMethod = fields.putObject(field + "ByMethod");
      said.keySet().forEach(byMethod::putNull);
      times.forEach(byMethod::put);
    }
  }

  private boolean change(Function<JsonNode, ObjectNode> change) {
    return Attempts.unlessChanged(ATTEMPTS, () -> tryToChange(change));
  }

  private boolean tryToChange(Function<JsonNode, ObjectNode> change) {
    ObjectNode cluster = kube.get(Resource.CLUSTERS, namespace, name);
    ObjectNode fields = change.apply(cluster);
    if (fields.isEmpty()) {
      return false;
    }
    ObjectNode patch = Json.object();
    patch.putObject("metadata").put("resourceVersion", Json.resourceVersion(cluster));
    patch.set("status", fields);
    kube.patchStatus(Resource.CLUSTERS, namespace, name, new Patch.Merge(patch));
    return true;
  }
}
