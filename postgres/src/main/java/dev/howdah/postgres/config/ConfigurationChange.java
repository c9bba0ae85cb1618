// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One parameter that differs between two configurations, and what it takes to bring it into force.
///
/// @param before its value; null if it was not set
/// @param after its value; null if it is no longer set
/// @param raised for a parameter that standbys must follow: true when it grows (standbys first),
///   false when it shrinks (the primary first); null for all others
public record ConfigurationChange(
    String name,
    @Nullable String before,
    @Nullable String after,
    ParameterClass takes,
    @Nullable Boolean raised) {

  /// What differs, sorted by name. Spellings of the same value are no difference.
  public static List<ConfigurationChange> between(
      ServerConfiguration before, ServerConfiguration after, int major) {
    ParameterTable table = ParameterTable.of(major);
    var names = new TreeSet<String>();
    for (ServerConfiguration configuration : List.of(before, after)) {
      names.addAll(configuration.parameters().keySet());
      names.addAll(configuration.overrides().keySet());
    }
    var changes = new ArrayList<ConfigurationChange>();
    for (String name : names) {
      String from = value(before, name);
      String to = value(after, name);
      if (!Objects.equals(canonical(table, name, from), canonical(table, name, to))) {
        changes.add(
            new ConfigurationChange(
                name, from, to, takes(table, name), raised(table, name, from, to)));
      }
    }
    if (!before.hba().equals(after.hba()) || !before.ident().equals(after.ident())) {
      changes.add(new ConfigurationChange("pg_hba.conf", null, null, ParameterClass.RELOAD, null));
    }
    return changes;
  }

  /// Whether any of the changes counts only after a restart.
  public static boolean needsRestart(List<ConfigurationChange> changes) {
    return changes.stream().anyMatch(change -> change.takes() == ParameterClass.RESTART);
  }

  private static @Nullable String value(ServerConfiguration configuration, String name) {
    String value = configuration.overrides().get(name);
    return value != null ? value : configuration.parameters().get(name);
  }

  private static @Nullable String canonical(
      ParameterTable table, String name, @Nullable String value) {
    return value == null
        ? null
        : table.find(name).map(parameter -> parameter.canonical(value)).orElse(value);
  }

  private static ParameterClass takes(ParameterTable table, String name) {
    return table.find(name).map(Parameter::changeClass).orElse(ParameterClass.RELOAD);
  }

  private static @Nullable Boolean raised(
      ParameterTable table, String name, @Nullable String from, @Nullable String to) {
    if (!FixedParameters.isHotStandbySensitive(name)) {
      return null;
    }
    return number(table, name, to).compareTo(number(table, name, from)) > 0;
  }

  private static BigDecimal number(ParameterTable table, String name, @Nullable String value) {
    return value == null
        ? ParameterMerge.builtIn(name)
        : table.find(name).flatMap(p -> p.number(value)).orElse(ParameterMerge.builtIn(name));
  }
}
