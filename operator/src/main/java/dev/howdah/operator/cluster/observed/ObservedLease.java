// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The Lease of a cluster: who may accept writes.
///
/// @param holder the pod's name; empty when it was given back
/// @param renewedAt on the holder's clock
public record ObservedLease(
    Meta meta, String holder, int duration, int transitions, @Nullable Instant renewedAt) {
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
