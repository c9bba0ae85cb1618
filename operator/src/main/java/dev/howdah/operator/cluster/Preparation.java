// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.plan.Note;
import java.util.List;

/// Whether a Cluster can be worked on at all.
public sealed interface Preparation {
  /// What was noticed about the definition.
  List<Note> notes();

  /// It can.
  ///
  /// @param unsupported fields that are set but have no effect yet
  record Ready(Blueprint blueprint, List<Note> notes, List<String> unsupported)
      implements Preparation {
    public Ready {
      notes = List.copyOf(notes);
      unsupported = List.copyOf(unsupported);
    }
  }

  /// It can't, and the status says why.
  record Refused(String phase, String reason, List<Note> notes) implements Preparation {
    public Refused {
      notes = List.copyOf(notes);
    }
  }
}
