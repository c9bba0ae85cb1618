// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import java.util.List;
import java.util.stream.Collectors;

/// The value of `synchronous_standby_names`.
///
/// @param number of standbys that have to confirm; 0 with no names: asynchronous
public record SyncConfig(Method method, int number, List<String> names) {
  public static final SyncConfig ASYNCHRONOUS = new SyncConfig(Method.ANY, 0, List.of());

  /// How PostgreSQL chooses among the names.
  public enum Method {
    ANY,
    FIRST
  }

  public SyncConfig {
    names = List.copyOf(names);
    if (number < 0 || number > names.size() || (number == 0) != names.isEmpty()) {
      throw new IllegalArgumentException(number + " synchronous standbys of " + names);
    }
  }

  public boolean isAsynchronous() {
    return names.isEmpty();
  }

  /// The setting's text, as in `ANY 1 ("c-2","c-3")`; empty when asynchronous.
  public String setting() {
    if (names.isEmpty()) {
      return "";
    }
    return names.stream()
        .map(name -> '"' + name.replace("\"", "\"\"") + '"')
        .collect(Collectors.joining(",", method + " " + number + " (", ")"));
  }
}
