// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.admission;

import dev.howdah.api.finding.Finding;
import java.util.List;

/// What admission says to a resource.
///
/// @param errors why it is refused; empty where it isn't
/// @param warnings what the client is told all the same
public record Ruling(List<Finding> errors, List<String> warnings) {
  public Ruling {
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
  }

  public boolean allowed() {
    return errors.isEmpty();
  }
}
