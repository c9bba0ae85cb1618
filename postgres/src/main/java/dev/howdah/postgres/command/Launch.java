// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// How programs are started: what stands before each command, and what is added to their
/// environment.
///
/// @param prefix such as `setpriv --reuid=postgres …` where we are root, whom PostgreSQL refuses;
///   mostly empty
public record Launch(List<String> prefix, Map<String, String> environment) {
  public Launch {
    prefix = List.copyOf(prefix);
    environment = Map.copyOf(new TreeMap<>(environment));
  }

  /// As ourselves, with our own environment.
  public static Launch plain() {
    return new Launch(List.of(), Map.of());
  }

  public Launch withEnvironment(String name, String value) {
    var map = new TreeMap<>(environment);
    map.put(name, value);
    return new Launch(prefix, map);
  }

  /// Takes over our environment but for `PG…`, which would steer libpq, and messages in English,
  /// which we read.
  void applyTo(Map<String, String> target) {
    target.keySet().removeIf(name -> name.startsWith("PG"));
    target.put("LC_MESSAGES", "C");
    target.remove("LC_ALL");
    target.remove("LANGUAGE");
    target.putAll(environment);
  }
}
