// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.postgres.config.ClusterSettings.ExtensionSettings;
import dev.howdah.postgres.config.ClusterSettings.PostgresSettings;
import dev.howdah.postgres.config.ClusterSettings.ReplicaSettings;
import dev.howdah.postgres.config.ClusterSettings.SlotSettings;
import dev.howdah.postgres.config.ClusterSettings.StatusFacts;
import dev.howdah.postgres.config.ClusterSettings.SynchronousSettings;
import dev.howdah.postgres.config.ClusterSettings.TablespaceSettings;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Takes {@link ClusterSettings} out of the JSON of a Cluster.
final class ClusterReader {
  private static final Pattern DURATION_PART =
      Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h)");

  private final JsonNode cluster;
  private final JsonNode spec;
  private final JsonNode postgresql;
  private final JsonNode status;

  ClusterReader(JsonNode cluster) {
    this.cluster = cluster;
    this.spec = cluster.path("spec");
    this.postgresql = spec.path("postgresql");
    this.status = cluster.path("status");
  }

  ClusterSettings read() {
    JsonNode metadata = cluster.path("metadata");
    return new ClusterSettings(
        text(metadata, "namespace", "default"),
        text(metadata, "name", ""),
        spec.path("instances").asInt(1),
        postgres(),
        synchronous(),
        spec.path("minSyncReplicas").asInt(0),
        spec.path("maxSyncReplicas").asInt(0),
        electionLabels(),
        slots(),
        replica(text(metadata, "name", "")),
        tablespaces(),
        !text(metadata.path("annotations"), "cnpg.io/skipWalArchiving", "").equals("enabled"),
        Math.max(1, spec.path("bootstrap").path("initdb").path("walSegmentSize").asInt(16)),
        statusFacts());
  }

  private PostgresSettings postgres() {
    return new PostgresSettings(
        new TreeMap<>(textMap(postgresql.path("parameters"))),
        texts(postgresql.path("pg_hba")),
        texts(postgresql.path("pg_ident")),
        texts(postgresql.path("shared_preload_libraries")),
        postgresql.path("enableAlterSystem").asBoolean(false),
        ldap(),
        extensions());
  }

  private @Nullable LdapSettings ldap() {
    JsonNode ldap = postgresql.path("ldap");
    String server = text(ldap, "server", "");
    if (server.isEmpty()) {
      return null;
    }
    LdapSettings.Bind bind = null;
    JsonNode direct = ldap.path("bindAsAuth");
    JsonNode search = ldap.path("bindSearchAuth");
    if (direct.isObject()) {
      bind = new LdapSettings.Direct(text(direct, "prefix", ""), text(direct, "suffix", ""));
    } else if (search.isObject()) {
      JsonNode password = search.path("bindPassword");
      bind =
          new LdapSettings.Search(
              text(search, "baseDN", ""),
              text(search, "bindDN", ""),
              password.isObject()
                  ? new LdapSettings.SecretKey(
                      text(password, "name", ""), text(password, "key", ""))
                  : null,
              text(search, "searchAttribute", ""),
              text(search, "searchFilter", ""));
    }
    return new LdapSettings(
        server,
        ldap.path("port").asInt(0),
        text(ldap, "scheme", ""),
        ldap.path("tls").asBoolean(false),
        bind);
  }

  /// The extensions of the image that the data directory last ran on, as soon as the status names
  /// it.
  private List<ExtensionSettings> extensions() {
    JsonNode image = status.path("pgDataImageInfo");
    JsonNode list = image.isObject() ? image.path("extensions") : postgresql.path("extensions");
    var extensions = new ArrayList<ExtensionSettings>();
    for (JsonNode entry : list) {
      List<String> control = texts(entry.path("extension_control_path"));
      List<String> library = texts(entry.path("dynamic_library_path"));
      extensions.add(
          new ExtensionSettings(
              text(entry, "name", ""),
              control.isEmpty() ? List.of("share") : control,
              library.isEmpty() ? List.of("lib") : library));
    }
    return extensions;
  }

  private @Nullable SynchronousSettings synchronous() {
    JsonNode node = postgresql.path("synchronous");
    if (!node.isObject()) {
      return null;
    }
    List<String> podKeys = texts(node.path("podFailureDomainKeys"));
    return new SynchronousSettings(
        text(node, "method", "any").equals("first"),
        Math.max(1, node.path("number").asInt(1)),
        node.path("maxStandbyNamesFromCluster").asInt(-1),
        texts(node.path("standbyNamesPre")),
        texts(node.path("standbyNamesPost")),
        !text(node, "dataDurability", "required").equals("preferred"),
        podKeys.isEmpty() ? texts(node.path("nodeFailureDomainKeys")) : podKeys);
  }

  private List<String> electionLabels() {
    JsonNode constraint = postgresql.path("syncReplicaElectionConstraint");
    return constraint.path("enabled").asBoolean(false)
        ? texts(constraint.path("nodeLabelsAntiAffinity"))
        : List.of();
  }

  private SlotSettings slots() {
    JsonNode slots = spec.path("replicationSlots");
    JsonNode ha = slots.path("highAvailability");
    JsonNode user = slots.path("synchronizeReplicas");
    return new SlotSettings(
        ha.path("enabled").asBoolean(true),
        ha.path("slotPrefix").isTextual() ? ha.path("slotPrefix").asText() : "_cnpg_",
        ha.path("synchronizeLogicalDecoding").asBoolean(false),
        Duration.ofSeconds(Math.max(1, slots.path("updateInterval").asInt(30))),
        user.path("enabled").asBoolean(true),
        texts(user.path("excludePatterns")));
  }

  private ReplicaSettings replica(String clusterName) {
    JsonNode replica = spec.path("replica");
    if (!replica.isObject()) {
      return new ReplicaSettings(false, "", null);
    }
    JsonNode enabled = replica.path("enabled");
    boolean follows =
        enabled.isBoolean()
            ? enabled.asBoolean()
            : !text(replica, "self", clusterName).equals(text(replica, "primary", ""));
    return new ReplicaSettings(
        follows, text(replica, "source", ""), duration(replica.path("minApplyDelay")));
  }

  private List<TablespaceSettings> tablespaces() {
    JsonNode initdb = spec.path("bootstrap").path("initdb");
    String owner = text(initdb, "owner", text(initdb, "database", "postgres"));
    var tablespaces = new ArrayList<TablespaceSettings>();
    for (JsonNode entry : spec.path("tablespaces")) {
      tablespaces.add(
          new TablespaceSettings(
              text(entry, "name", ""),
              text(entry.path("owner"), "name", owner),
              entry.path("temporary").asBoolean(false)));
    }
    return tablespaces;
  }

  private StatusFacts statusFacts() {
    var ips = new TreeMap<String, List<String>>();
    for (JsonNode entry : status.path("podSelectorRefs")) {
      ips.put(text(entry, "name", ""), texts(entry.path("ips")));
    }
    for (JsonNode entry : spec.path("podSelectorRefs")) {
      ips.putIfAbsent(text(entry, "name", ""), List.of());
    }
    JsonNode topology = status.path("topology");
    var labels = new TreeMap<String, Map<String, String>>();
    if (topology.path("successfullyExtracted").asBoolean(false)) {
      topology
          .path("instances")
          .properties()
          .forEach(entry -> labels.put(entry.getKey(), textMap(entry.getValue())));
    }
    return new StatusFacts(
        texts(status.path("instanceNames")),
        texts(status.path("instancesStatus").path("healthy")),
        text(status, "currentPrimary", ""),
        text(status, "targetPrimary", ""),
        ips,
        labels);
  }

  private static String text(JsonNode node, String field, String absent) {
    JsonNode value = node.path(field);
    return value.isValueNode() && !value.isNull() && !value.asText().isEmpty()
        ? value.asText()
        : absent;
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    for (JsonNode entry : array) {
      if (entry.isValueNode() && !entry.isNull()) {
        texts.add(entry.asText());
      }
    }
    return texts;
  }

  private static Map<String, String> textMap(JsonNode object) {
    var map = new TreeMap<String, String>();
    object
        .properties()
        .forEach(entry -> {
          if (entry.getValue().isValueNode() && !entry.getValue().isNull()) {
            map.put(entry.getKey(), entry.getValue().asText());
          }
        });
    return map;
  }

  /// Reads a duration in the API's form: numbers with units, as in `1h30m`.
  static @Nullable Duration duration(JsonNode node) {
    String text = node.asText("");
    var matcher = DURATION_PART.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    int end = 0;
    while (end < text.length() && matcher.find(end) && matcher.start() == end) {
      long unit =
          switch (matcher.group(2)) {
            case "ns" -> 1L;
            case "us", "µs" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
          };
      nanos = nanos.add(new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit)));
      end = matcher.end();
    }
    if (end == 0
        || end < text.length()
        || nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      return null;
    }
    return Duration.ofNanos(nanos.longValue());
  }
}
