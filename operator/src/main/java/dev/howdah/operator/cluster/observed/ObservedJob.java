// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.operator.tree.Tree;

/// A job that makes or changes an instance.
///
/// @param attempts pods of it that failed
/// @param message what the job's condition says about its failure
public record ObservedJob(Meta meta, State state, int attempts, String message) {
  /// How far it is.
  public enum State {
    RUNNING,
    SUCCEEDED,
    FAILED
  }

  /// Reads it.
  public static ObservedJob of(ObjectNode object) {
    JsonNode status = object.path("status");
    JsonNode failed = Tree.named(status.path("conditions"), "type", "Failed");
    boolean hasFailed = failed.path("status").asText("").equals("True");
    boolean complete =
        Tree.named(status.path("conditions"), "type", "Complete")
                .path("status")
                .asText("")
                .equals("True")
            || (status.path("succeeded").asInt(0) > 0 && status.path("active").asInt(0) == 0);
    return new ObservedJob(
        Meta.of(object),
        hasFailed ? State.FAILED : complete ? State.SUCCEEDED : State.RUNNING,
        status.path("failed").asInt(0),
        failed.path("message").asText(""));
  }

  /// The same, of which a pod has ended well: Kubernetes says so of the job a second or two later.
  public ObservedJob succeeded() {
    return state == State.RUNNING
        ? new ObservedJob(meta, State.SUCCEEDED, attempts, message)
        : this;
  }

  public String name() {
    return meta.name();
  }

  public String instance() {
    return meta.label(Labels.INSTANCE_NAME);
  }

  public String role() {
    return meta.label(Labels.JOB_ROLE);
  }
}
