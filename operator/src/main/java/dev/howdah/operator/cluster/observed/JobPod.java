// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// A pod of a job that makes an instance.
///
/// @param job UID of the job
/// @param succeeded whether its work is done
public record JobPod(String job, boolean succeeded) {
  /// Reads it.
  public static JobPod of(ObjectNode object) {
    JsonNode status = object.path("status");
    return new JobPod(
        Meta.of(object).owner(),
        status.path("phase").asText("").equals("Succeeded")
            || haveEndedWell(status.path("containerStatuses")));
  }

  /// A kubelet says so of the containers a second or two before it says so of the pod.
  private static boolean haveEndedWell(JsonNode containers) {
    for (JsonNode container : containers) {
      JsonNode terminated = container.path("state").path("terminated");
      if (terminated.isMissingNode() || terminated.path("exitCode").asInt(1) != 0) {
        return false;
      }
    }
    return !containers.isEmpty();
  }
}
