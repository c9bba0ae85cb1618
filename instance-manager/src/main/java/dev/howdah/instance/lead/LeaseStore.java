// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseAnswer;
import dev.howdah.core.leadership.LeaseCodec;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.WriteOutcome;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/// The Cluster's Lease in the API server: quorum reads, and writes conditional on the revision that
/// was read.
public final class LeaseStore {
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final KubeClient client;
  private final String namespace;
  private final String name;
  private final InstantSource clock;
  private final Witness witness;

  /// The last object seen: what is not ours in it (labels, owners, others' annotations) is written
  /// back as it was.
  private ObjectNode last = Json.object();

  /// Sees what was read before anybody acts on it.
  @FunctionalInterface
  public interface Witness {
    /// @param revision that it was read at
    /// @throws KubeException while nobody may act on it
    void before(LeaseRecord record, String revision);
  }

  public LeaseStore(
      KubeClient client, String namespace, String name, InstantSource clock, Witness witness) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
    this.clock = clock;
    this.witness = witness;
  }

  public LeaseAnswer read() {
    try {
      ObjectNode object = client.get(Resource.LEASES, namespace, name);
      LeaseRecord record = decode(object);
      String revision = Json.resourceVersion(object);
      witness.before(record, revision);
      remember(object);
      return new LeaseAnswer.Found(record, revision);
    } catch (KubeException e) {
      return e.isNotFound() ? new LeaseAnswer.Absent() : new LeaseAnswer.Failed(reason(e));
    } catch (IllegalArgumentException e) {
      return new LeaseAnswer.Failed(String.valueOf(e.getMessage()));
    }
  }

  public WriteOutcome write(String version, LeaseRecord record) {
    try {
      ObjectNode object = remembered();
      if (!Json.resourceVersion(object).equals(version)) {
        object = client.get(Resource.LEASES, namespace, name);
        if (!Json.resourceVersion(object).equals(version)) {
          return new WriteOutcome.Conflict();
        }
      }
      fill(object, record);
      ObjectNode written = client.update(Resource.LEASES, object);
      remember(written);
      return new WriteOutcome.Written(Json.resourceVersion(written));
    } catch (KubeException e) {
      if (e.isNotFound()) {
        return new WriteOutcome.Absent();
      }
      return e.isConflict() ? new WriteOutcome.Conflict() : new WriteOutcome.Failed(reason(e));
    }
  }

  private static String reason(KubeException e) {
    return e.reason() + ": " + e.getMessage();
  }

  private synchronized void remember(ObjectNode object) {
    last = object;
  }

  private synchronized ObjectNode remembered() {
    return last.deepCopy();
  }

  static LeaseRecord decode(ObjectNode object) {
    Map<String, String> annotations = new LinkedHashMap<>();
    object
        .path("metadata")
        .path("annotations")
        .properties()
        .forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asText()));
    var spec = object.path("spec");
    return LeaseCodec.decode(
        new LeaseCodec.LeaseFields(
            spec.path("holderIdentity").asText(""),
            spec.path("leaseDurationSeconds").asInt(0),
            spec.path("leaseTransitions").asLong(0),
            annotations));
  }

  private void fill(ObjectNode object, LeaseRecord record) {
    LeaseCodec.LeaseFields fields = LeaseCodec.encode(record);
    String now = MICRO_TIME.format(clock.instant());
    ObjectNode spec = object.withObject("/spec");
    boolean acquired =
        !spec.path("holderIdentity").asText("").equals(fields.holderIdentity())
            || spec.path("leaseTransitions").asLong(0) != fields.leaseTransitions();
    spec.put("holderIdentity", fields.holderIdentity());
    spec.put("leaseDurationSeconds", fields.leaseDurationSeconds());
    spec.put("leaseTransitions", fields.leaseTransitions());
    spec.put("renewTime", now);
    if (acquired && !fields.holderIdentity().isEmpty()) {
      spec.put("acquireTime", now);
    }
    ObjectNode annotations = object.withObject("/metadata/annotations");
    fields.annotations().forEach(annotations::put);
  }
}
