// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

import dev.howdah.postgres.config.ConfigurationChange;
import java.util.List;

/// What a Cluster would go through.
///
/// @param refused why the operator wouldn't act on it at all; empty where it would
/// @param steps what happens, in order
/// @param parameters of PostgreSQL that change
/// @param warnings what is accepted but should be known
/// @param phase what the Cluster's phase is in the end
/// @param phaseReason more about that phase; may be empty
public record Forecast(
    String refused,
    List<Step> steps,
    List<ConfigurationChange> parameters,
    List<String> warnings,
    String phase,
    String phaseReason) {
  public Forecast {
    steps = List.copyOf(steps);
    parameters = List.copyOf(parameters);
    warnings = List.copyOf(warnings);
  }
}
