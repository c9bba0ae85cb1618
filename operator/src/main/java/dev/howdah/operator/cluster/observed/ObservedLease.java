// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseCodec;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The Lease of a cluster: who may accept writes.
///
/// @param holder the pod's name; empty when it was given back
/// @param renewedAt on the holder's clock
public record ObservedLease(
    Meta meta, String holder, int duration, int transitions, @Nullable Instant renewedAt) {
  private static final String INCARNATION = LeaseCodec.PREFIX + "incarnation";
  private static final String BOOT = LeaseCodec.PREFIX + "boot";

  /// The run of an instance manager that holds it, or held it last: the pod's UID, a slash, and
  /// more. Empty where it was never held.
  public String incarnation() {
    return meta.annotation(INCARNATION);
  }

  /// UID of that run's pod.
  public String pod() {
    String incarnation = incarnation();
    int slash = incarnation.indexOf('/');
    return slash < 0 ? "" : incarnation.substring(0, slash);
  }

  /// The kernel on which that run was started.
  public String boot() {
    return meta.annotation(BOOT);
  }

  /// Reads it.
  public static ObservedLease of(ObjectNode object) {
    JsonNode spec = object.path("spec");
    return new ObservedLease(
        Meta.of(object),
        spec.path("holderIdentity").asText(""),
        spec.path("leaseDurationSeconds").asInt(0),
        spec.path("leaseTransitions").asInt(0),
        ObservedPod.instant(spec.path("renewTime")));
  }
}
