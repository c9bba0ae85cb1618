// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.catalog.ImageResolution;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.ObjectNames;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The defaults of a Cluster beyond those of its schema. Anything of an unexpected shape stays as
/// it is, for the rules to speak of.
final class ClusterDefaults {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ClusterDefaults() {}

  static void fill(ObjectNode cluster, ObjectNode spec, DefaultSettings settings) {
    if (!spec.hasNonNull("imageCatalogRef")) {
      orElse(spec, "imageName", settings.postgresImage());
    }
    bootstrap(spec);
    affinity(spec);
    parameters(cluster, spec);
    orElse(spec, "logLevel", "info");
    replicationSlots(spec);
    tablespaces(spec);
    synchronous(cluster, spec);
    plugins(spec, settings);
    isolationCheck(cluster, spec);
  }

  private static void bootstrap(ObjectNode spec) {
    ObjectNode bootstrap = object(spec, "bootstrap");
    if (bootstrap == null) {
      return;
    }
    if (!bootstrap.hasNonNull("initdb")
        && !bootstrap.hasNonNull("recovery")
        && !bootstrap.hasNonNull("pg_basebackup")) {
      bootstrap.putObject("initdb");
    }
    if (bootstrap.get("initdb") instanceof ObjectNode initdb) {
      if (!initdb.path("import").path("type").asText("").equals("monolith")) {
        databaseAndOwner(initdb);
      }
      orElse(initdb, "encoding", "UTF8");
      orElse(initdb, "localeCollate", "C");
      orElse(initdb, "localeCType", "C");
    }
    if (bootstrap.get("recovery") instanceof ObjectNode recovery) {
      databaseAndOwner(recovery);
    }
    if (bootstrap.get("pg_basebackup") instanceof ObjectNode copy) {
      databaseAndOwner(copy);
    }
  }

  private static void databaseAndOwner(ObjectNode method) {
    orElse(method, "database", "app");
    orElse(method, "owner", method.path("database").asText("app"));
  }

  private static void affinity(ObjectNode spec) {
    ObjectNode affinity = object(spec, "affinity");
    if (affinity != null && affinity.path("enablePodAntiAffinity").asBoolean(true)) {
      orElse(affinity, "podAntiAffinityType", "preferred");
    }
  }

  private static void parameters(ObjectNode cluster, ObjectNode spec) {
    if (ImageResolution.majorOf(cluster).isEmpty()) {
      return;
    }
    ObjectNode postgresql = object(spec, "postgresql");
    ObjectNode parameters = postgresql == null ? null : object(postgresql, "parameters");
    if (parameters == null) {
      return;
    }
    for (Map.Entry<String, String> standard : PostgresParameters.STANDARD.entrySet()) {
      if (!parameters.has(standard.getKey())) {
        parameters.put(standard.getKey(), standard.getValue());
      }
    }
    if (!parameters.has("archive_mode")) {
      parameters.put("archive_mode", PostgresParameters.archiveMode(cluster));
    }
  }

  private static void replicationSlots(ObjectNode spec) {
    ObjectNode slots = object(spec, "replicationSlots");
    if (slots == null) {
      return;
    }
    ObjectNode standbys = object(slots, "highAvailability");
    if (standbys != null) {
      orElse(standbys, "enabled", true);
      orElse(standbys, "slotPrefix", "_cnpg_", true);
    }
    ObjectNode users = object(slots, "synchronizeReplicas");
    if (users != null) {
      orElse(users, "enabled", true);
    }
    if (!slots.hasNonNull("updateInterval")) {
      slots.put("updateInterval", 30);
    }
  }

  private static void tablespaces(ObjectNode spec) {
    String owner = applicationOwner(spec);
    for (JsonNode tablespace : spec.path("tablespaces")) {
      if (tablespace instanceof ObjectNode described) {
        ObjectNode named = object(described, "owner");
        if (named != null) {
          orElse(named, "name", owner.isEmpty() ? ObjectNames.SUPERUSER : owner);
        }
      }
    }
  }

  /// The role that owns the application's database; empty where there is none.
  static String applicationOwner(JsonNode spec) {
    for (String method : new String[] {"initdb", "recovery", "pg_basebackup"}) {
      String owner = spec.path("bootstrap").path(method).path("owner").asText("");
      if (!owner.isEmpty()) {
        return owner;
      }
    }
    return "";
  }

  private static void synchronous(ObjectNode cluster, ObjectNode spec) {
    if (spec.path("postgresql").path("synchronous") instanceof ObjectNode synchronous) {
      orElse(synchronous, "dataDurability", "required");
      if (!synchronous.hasNonNull("failoverQuorum")) {
        String annotation = annotation(cluster, Annotations.FAILOVER_QUORUM);
        synchronous.put("failoverQuorum", GoText.parseBoolean(annotation).orElse(false));
      }
    }
  }

  private static void plugins(ObjectNode spec, DefaultSettings settings) {
    for (String plugin : settings.plugins()) {
      boolean listed = false;
      for (JsonNode entry : spec.path("plugins")) {
        listed |= entry.path("name").asText("").equals(plugin);
      }
      if (!listed && (!spec.hasNonNull("plugins") || spec.path("plugins").isArray())) {
        ArrayNode plugins =
            spec.get("plugins") instanceof ArrayNode array ? array : spec.putArray("plugins");
        plugins.addObject().put("name", plugin).put("enabled", true).put("isWALArchiver", false);
      }
    }
  }

  private static void isolationCheck(ObjectNode cluster, ObjectNode spec) {
    ObjectNode probes = object(spec, "probes");
    ObjectNode liveness = probes == null ? null : object(probes, "liveness");
    if (liveness == null || liveness.hasNonNull("isolationCheck")) {
      return;
    }
    JsonNode pinger = pinger(cluster);
    liveness
        .putObject("isolationCheck")
        .put("enabled", pinger.path("enabled").asBoolean(true))
        .put("requestTimeout", pinger.path("requestTimeout").asInt(1000))
        .put("connectionTimeout", pinger.path("connectionTimeout").asInt(1000));
  }

  private static JsonNode pinger(ObjectNode cluster) {
    String text = annotation(cluster, Annotations.LIVENESS_PINGER);
    try {
      return text.isEmpty() ? JSON.nullNode() : JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.nullNode(); // the rules speak of it
    }
  }

  private static String annotation(ObjectNode cluster, String name) {
    return cluster.path("metadata").path("annotations").path(name).asText("");
  }

  /// The object of this name, made where there is none; null where something else is there.
  private static @Nullable ObjectNode object(ObjectNode parent, String name) {
    JsonNode there = parent.get(name);
    if (there == null || there.isNull()) {
      return parent.putObject(name);
    }
    return there instanceof ObjectNode object ? object : null;
  }

  private static void orElse(ObjectNode node, String field, String value) {
    orElse(node, field, value, false);
  }

  private static void orElse(ObjectNode node, String field, String value, boolean mayBeEmpty) {
    JsonNode there = node.get(field);
    boolean empty = there != null && there.isTextual() && there.asText().isEmpty();
    if (there == null || there.isNull() || (empty && !mayBeEmpty)) {
      node.put(field, value);
    }
  }

  private static void orElse(ObjectNode node, String field, boolean value) {
    if (!node.hasNonNull(field)) {
      node.put(field, value);
    }
  }
}
