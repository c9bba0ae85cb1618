// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// A pod of a job that makes an instance.
///
/// @param job UID of the job
/// @param succeeded whether its work is done
public record JobPod(String job, boolean succeeded) {
  /// Reads it.
  public static JobPod of(ObjectNode object) {
    return new JobPod(
        Meta.of(object).owner(),
        object.path("status").path("phase").asText("").equals("Succeeded"));
  }
}
