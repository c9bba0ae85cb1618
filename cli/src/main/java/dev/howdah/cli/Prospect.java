// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.operator.forecast.Forecast;
import dev.howdah.operator.forecast.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What applying one object of a file would do.
///
/// @param object as in the file, with its namespace
/// @param problems why the server would refuse it
/// @param fields that would change; none for a new object
/// @param underWay what happens anyway, without the change
/// @param forecast of a Cluster; null for other kinds and for what is refused
record Prospect(
    ObjectNode object,
    Verdict verdict,
    List<String> problems,
    List<FieldDiff.Change> fields,
    List<Step> underWay,
    @Nullable Forecast forecast) {
  enum Verdict {
    CREATE,
    CHANGE,
    UNCHANGED,
    REFUSE
  }

  Prospect {
    problems = List.copyOf(problems);
    fields = List.copyOf(fields);
    underWay = List.copyOf(underWay);
  }

  static Prospect refused(ObjectNode object, List<String> problems) {
    return new Prospect(object, Verdict.REFUSE, problems, List.of(), List.of(), null);
  }

  boolean changes() {
    return verdict == Verdict.CREATE || verdict == Verdict.CHANGE;
  }
}
