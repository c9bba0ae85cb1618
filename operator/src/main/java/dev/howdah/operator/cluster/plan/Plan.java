// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;

/// What to do about a Cluster now.
///
/// @param status the fields of the status that the operator writes, as they shall be
/// @param settled nothing is under way, and nothing is expected
/// @param lookAgain when to decide anew, should nothing happen before
public record Plan(
    List<Action> actions,
    List<Note> notes,
    String phase,
    String phaseReason,
    ObjectNode status,
    boolean settled,
    Duration lookAgain) {
  public Plan {
    actions = List.copyOf(actions);
    notes = List.copyOf(notes);
  }
}
