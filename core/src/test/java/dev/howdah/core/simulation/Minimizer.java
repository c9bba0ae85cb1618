// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.SafetyRule;
import java.util.ArrayList;
import java.util.Set;

/// Leaves out fault after fault, as long as the same invariant still breaks.
final class Minimizer {
  private Minimizer() {}

  record Smallest(Scenario scenario, String violation, String trace) {}

  static Smallest minimize(Scenario scenario, Set<SafetyRule> off) {
    String invariant = invariant(new World(scenario, off, false).run());
    var smallest = scenario;
    boolean shrunk = true;
    while (shrunk) {
      shrunk = false;
      for (int i = 0; i < smallest.faults().size(); i++) {
        var fewer = new ArrayList<>(smallest.faults());
        fewer.remove(i);
        var candidate = smallest.with(fewer);
        if (invariant(new World(candidate, off, false).run()).equals(invariant)) {
          smallest = candidate;
          shrunk = true;
          break;
        }
      }
    }
    var world = new World(smallest, off, true);
    String violation = world.run();
    return new Smallest(smallest, String.valueOf(violation), String.valueOf(world.trace));
  }

  private static String invariant(@org.jspecify.annotations.Nullable String violation) {
    return violation == null ? "" : violation.substring(0, violation.indexOf(' '));
  }
}
