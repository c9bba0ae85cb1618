// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The server parameters that a PostgreSQL major knows.
///
/// Names are compared without regard to case, as PostgreSQL does. For a major outside the table's
/// span the nearest one answers, and {@link #isExact} tells so.
public final class ParameterTable {
  static final int FIRST_MAJOR = 14;
  static final int LAST_MAJOR = 18;

  private static final Map<Integer, ParameterTable> TABLES = new ConcurrentHashMap<>();

  /// Old names that PostgreSQL still takes in configuration files, with the major from which on
  /// they are old.
  private static final Map<String, OldName> OLD_NAMES =
      Map.of(
          "sort_mem", new OldName("work_mem", 8),
          "vacuum_mem", new OldName("maintenance_work_mem", 8),
          "force_parallel_mode", new OldName("debug_parallel_query", 16),
          "ssl_ecdh_curve", new OldName("ssl_groups", 18));

  private record OldName(String name, int since) {}

  private final int major;
  private final Map<String, Parameter> parameters = new TreeMap<>();

  private ParameterTable(int major) {
    this.major = major;
    int row = Math.clamp(major, FIRST_MAJOR, LAST_MAJOR);
    for (String line : resource().split("\n", -1)) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] field = line.split("\t", -1);
      String[] span = field[1].split("-", -1);
      if (Integer.parseInt(span[0]) <= row && row <= Integer.parseInt(span[1])) {
        parameters.put(key(field[0]), parameter(field));
      }
    }
  }

  /// The parameters of one major.
  public static ParameterTable of(int major) {
    return TABLES.computeIfAbsent(major, ParameterTable::new);
  }

  /// Whether this major is in the table, so that an unknown name is really unknown to PostgreSQL.
  public boolean isExact() {
    return major >= FIRST_MAJOR && major <= LAST_MAJOR;
  }

  /// Finds a parameter by its name, or by an old name that PostgreSQL still takes.
  public Optional<Parameter> find(String name) {
    Parameter found = parameters.get(key(name));
    if (found == null) {
      OldName old = OLD_NAMES.get(key(name));
      found = old != null && major >= old.since() ? parameters.get(old.name()) : null;
    }
    return Optional.ofNullable(found);
  }

  /// All parameters, sorted by lower-case name.
  public Collection<Parameter> all() {
    return List.copyOf(parameters.values());
  }

  /// What a change of the named parameter takes; {@link ParameterClass#FIXED} for those that users
  /// may not set.
  public ParameterClass classOf(String name) {
    if (FixedParameters.isFixed(name)) {
      return ParameterClass.FIXED;
    }
    return find(name)
        .map(Parameter::changeClass)
        .orElse(name.contains(".") || !isExact() ? ParameterClass.RELOAD : ParameterClass.UNKNOWN);
  }

  /// The form of a name by which two are the same to PostgreSQL.
  public static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static Parameter parameter(String[] field) {
    List<String> choices = new ArrayList<>();
    for (String choice : field[7].split(",", -1)) {
      if (!choice.isEmpty()) {
        choices.add(choice);
      }
    }
    return new Parameter(
        field[0],
        Parameter.Type.valueOf(field[2].toUpperCase(Locale.ROOT)),
        field[3],
        field[4],
        decimal(field[5]),
        decimal(field[6]),
        choices);
  }

  private static @Nullable BigDecimal decimal(String text) {
    return text.isEmpty() ? null : new BigDecimal(text);
  }

  private static String resource() {
    try (InputStream in = ParameterTable.class.getResourceAsStream("parameters.tsv")) {
      if (in == null) {
        throw new IllegalStateException("parameters.tsv is missing beside " + ParameterTable.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("parameters.tsv cannot be read", e);
    }
  }
}
