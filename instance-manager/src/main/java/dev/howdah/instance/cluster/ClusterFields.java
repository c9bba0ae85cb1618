// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.howdah.core.leadership.ClusterView;
import dev.howdah.core.leadership.Settings;
import dev.howdah.core.leadership.Timings;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSpec;
import dev.howdah.kube.Json;
import dev.howdah.postgres.config.ClusterSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What the instance manager itself takes from a Cluster. Absent or ill-typed fields count as not
/// set.
public final class ClusterFields {
  private static final String FENCED = "cnpg.io/fencedInstances";
  private static final String LAG_LIMIT = "howdah.dev/failoverLagLimitBytes";

  private final JsonNode cluster;

  public ClusterFields(JsonNode cluster) {
    this.cluster = cluster;
  }

  private JsonNode spec() {
    return cluster.path("spec");
  }

  private JsonNode status() {
    return cluster.path("status");
  }

  public String name() {
    return Json.name(cluster);
  }

  public int instances() {
    return spec().path("instances").asInt(1);
  }

  public List<String> instanceNames() {
    List<String> names = new ArrayList<>();
    status().path("instanceNames").forEach(name -> names.add(name.asText()));
    return names;
  }

  public String currentPrimary() {
    return status().path("currentPrimary").asText("");
  }

  public String targetPrimary() {
    return status().path("targetPrimary").asText("");
  }

  /// The Services that lead to the primary: `-rw`, and the additional ones of type `rw`.
  public List<String> writeServices() {
    List<String> names = new ArrayList<>(List.of(name() + "-rw"));
    for (JsonNode service : spec().at("/managed/services/additional")) {
      String additional = service.at("/serviceTemplate/metadata/name").asText("");
      if (service.path("selectorType").asText("").equals("rw") && !additional.isEmpty()) {
        names.add(additional);
      }
    }
    return names;
  }

  public String operatorFingerprint() {
    return status().path("operatorCertificateFingerprint").asText("");
  }

  public Duration smartShutdownTimeout() {
    return seconds("smartShutdownTimeout", 180);
  }

  public Duration stopDelay() {
    return seconds("stopDelay", 1800);
  }

  public Duration startDelay() {
    return seconds("startDelay", 3600);
  }

  public Duration switchoverDelay() {
    return seconds("switchoverDelay", 3600);
  }

  private Duration seconds(String field, int otherwise) {
    return Duration.ofSeconds(spec().path(field).asInt(otherwise));
  }

  /// The names in the fencing annotation, `*` for all; a malformed one fences nobody.
  public List<String> fenced() {
    String text = Json.annotation(cluster, FENCED);
    List<String> names = new ArrayList<>();
    if (!text.isEmpty()) {
      try {
        if (Json.read(text) instanceof ArrayNode array) {
          array.forEach(name -> names.add(name.asText()));
        }
      } catch (IOException e) {
        return List.of();
      }
    }
    return names;
  }

  /// What the leadership protocol hears.
  ///
  /// @param inOffice whether PostgreSQL here is a standby of another cluster
  public ClusterView view(boolean inOffice) {
    return new ClusterView(
        targetPrimary(), currentPrimary(), fenced(), instanceNames(), sync(), inOffice);
  }

  /// The protocol's settings; the standard ones where the Cluster's make no sense.
  public Settings leadership() {
    JsonNode lease = spec().path("primaryLease");
    Timings timings =
        Timings.ofSeconds(
            lease.path("leaseDurationSeconds").asInt(15),
            lease.path("renewDeadlineSeconds").asInt(10),
            lease.path("retryPeriodSeconds").asInt(2),
            lease.path("releasedLeaseDurationSeconds").asInt(1));
    if (!timings.problems().isEmpty()) {
      timings = Timings.STANDARD;
    }
    return new Settings(
        timings,
        seconds("failoverDelay", 0).toNanos(),
        switchoverDelay().toNanos(),
        lagLimit(),
        Set.of());
  }

  /// How many bytes of the log an asynchronous failover may lose, as far as that is known; without
  /// limit where the annotation is absent or says something else than a number.
  private long lagLimit() {
    String text = Json.annotation(cluster, LAG_LIMIT);
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
  }

  /// Whether this Cluster follows another one, so that its primary is a standby too.
  public boolean isReplica() {
    return isReplica(cluster);
  }

  public static boolean isReplica(JsonNode cluster) {
    JsonNode replica = cluster.path("spec").path("replica");
    if (!replica.isObject()) {
      return false;
    }
    if (replica.path("enabled").isBoolean()) {
      return replica.path("enabled").asBoolean();
    }
    return !self(cluster).equals(replica.path("primary").asText(""));
  }

  /// What this Cluster is called among those that follow each other.
  private static String self(JsonNode cluster) {
    String self = cluster.path("spec").path("replica").path("self").asText("");
    return self.isEmpty() ? Json.name(cluster) : self;
  }

  /// What one of this Cluster's instances calls itself where it is a standby of another cluster. No
  /// instance has such a name: that cluster may have one of the same name as this instance, and its
  /// commits must not take this one's confirmation for that one's.
  public String nameOutside(String instance) {
    return self(cluster) + "/" + instance;
  }

  private SyncSpec sync() {
    JsonNode settings = spec().path("postgresql").path("synchronous");
    if (settings.isObject()) {
      return explicit();
    }
    int maximum = spec().path("maxSyncReplicas").asInt(0);
    return maximum <= 0
        ? SyncSpec.NONE
        : SyncSpec.legacy(spec().path("minSyncReplicas").asInt(0), maximum, List.of());
  }

  private SyncSpec explicit() {
    ClusterSettings read = ClusterSettings.fromJson(cluster);
    ClusterSettings.SynchronousSettings wanted = read.synchronous();
    if (wanted == null) {
      return SyncSpec.NONE;
    }
    return new SyncSpec(
        wanted.first() ? SyncConfig.Method.FIRST : SyncConfig.Method.ANY,
        wanted.number(),
        wanted.number(),
        wanted.maxFromCluster() < 0 ? Integer.MAX_VALUE : wanted.maxFromCluster(),
        wanted.before(),
        wanted.after(),
        wanted.required(),
        List.of());
  }
}
