// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;

/// A drill that went well, in a sentence: what it has shown, and what not.
final class DrillSummary {
  /// The check that says what there is, as the instance names it.
  private static final String DATA = "data";

  private DrillSummary() {}

  /// Whether nothing was looked into, or there was nothing to look into.
  static boolean provesLittle(JsonNode run) {
    boolean looked = false;
    boolean data = true;
    for (JsonNode check : run.path("checks")) {
      boolean isData = check.path("name").asText("").equals(DATA);
      looked |= check.has("passed") && !isData;
      data &= check.has("passed") || !isData;
    }
    return !looked || !data;
  }

  static String text(JsonNode run) {
    var checked = new ArrayList<String>();
    var unchecked = new ArrayList<String>();
    for (JsonNode check : run.path("checks")) {
      String name = check.path("name").asText("");
      if (check.has("passed")) {
        checked.add(name);
      } else {
        String why = check.path("message").asText("").replaceFirst("^not checked: ", "");
        unchecked.add(name + " (" + why + ")");
      }
    }
    return "backup %s was restored: recovered in %s s; checked: %s%s"
        .formatted(
            run.path("backupId").asText("?"),
            run.path("recoverySeconds").asText("?"),
            checked.isEmpty() ? "nothing" : String.join(", ", checked),
            unchecked.isEmpty() ? "" : "; not checked: " + String.join(", ", unchecked));
  }
}
