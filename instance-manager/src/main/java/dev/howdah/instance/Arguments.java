// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The words of a call: a command of one or two words, options (`--name value` or `--name=value`),
/// and the rest.
public record Arguments(String command, Map<String, String> options, List<String> rest) {
  static final String COMMANDS =
      "bootstrap, backup, instance init, instance join, instance restore, instance run";

  /// Commands whose second word is part of their name.
  private static final Set<String> GROUPS = Set.of("instance", "pgbouncer");

  /// Options without a value.
  private static final Set<String> FLAGS =
      Set.of("status-port-tls", "metrics-port-tls", "pprof-server", "immediate", "own-archive");

  public Arguments {
    options = Map.copyOf(options);
    rest = List.copyOf(rest);
  }

  /// @throws IllegalArgumentException if there is no command
  public static Arguments parse(String... words) {
    Map<String, String> options = new LinkedHashMap<>();
    List<String> others = new ArrayList<>();
    for (int i = 0; i < words.length; i++) {
      String word = words[i];
      if (!word.startsWith("--")) {
        others.add(word);
        continue;
      }
      int at = word.indexOf('=');
      String name = word.substring(2, at < 0 ? word.length() : at);
      if (at > 0) {
        options.put(name, word.substring(at + 1));
      } else if (FLAGS.contains(name) || i + 1 == words.length) {
        options.put(name, "true");
      } else {
        options.put(name, words[++i]);
      }
    }
    if (others.isEmpty()) {
      throw new IllegalArgumentException("no command; there are: " + COMMANDS);
    }
    String command = others.removeFirst();
    if (GROUPS.contains(command) && !others.isEmpty()) {
      command += " " + others.removeFirst();
    }
    return new Arguments(command, options, others);
  }

  public String option(String name, String otherwise) {
    return options.getOrDefault(name, otherwise);
  }

  public boolean has(String name) {
    return options.containsKey(name);
  }
}
