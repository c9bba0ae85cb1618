// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Versions of PostgreSQL, as `runonserver` writes them: `>=16.0.0 <18.0.0 || 14.x`.
///
/// @param alternatives each a list of conditions that all have to hold; empty: any version
record VersionRange(List<List<Condition>> alternatives) {
  static final VersionRange ANY = new VersionRange(List.of());

  private static final Pattern CONDITION =
      Pattern.compile("(>=|<=|==|!=|=|>|<|!)?\\s*v?(\\d+)(?:\\.(\\d+|x))?(?:\\.(\\d+|x))?\\s*");

  VersionRange {
    alternatives = List.copyOf(alternatives);
  }

  /// @param major compared first; @param minor -1: any
  record Condition(String operator, int major, int minor) {
    boolean holds(int serverMajor, int serverMinor) {
      int order = Integer.compare(serverMajor, major);
      if (order == 0 && minor >= 0) {
        order = Integer.compare(serverMinor, minor);
      }
      return switch (operator) {
        case ">=" -> order >= 0;
        case "<=" -> order <= 0;
        case ">" -> order > 0;
        case "<" -> order < 0;
        case "!=", "!" -> order != 0;
        default -> order == 0;
      };
    }
  }

  /// @throws IllegalArgumentException if it isn't one
  static VersionRange parse(String text) {
    if (text.isBlank()) {
      return ANY;
    }
    var alternatives = new ArrayList<List<Condition>>();
    for (String alternative : text.split("\\|\\|", -1)) {
      alternatives.add(conditions(alternative.strip(), text));
    }
    return new VersionRange(alternatives);
  }

  private static List<Condition> conditions(String text, String whole) {
    var conditions = new ArrayList<Condition>();
    Matcher matcher = CONDITION.matcher(text);
    int at = 0;
    while (matcher.lookingAt()) {
      String minor = matcher.group(2 + 1);
      String operator = matcher.group(1) == null ? "=" : matcher.group(1);
      conditions.add(
          new Condition(operator, Integer.parseInt(matcher.group(2)), minor(minor, operator)));
      at = matcher.end();
      if (at == text.length()) {
        return conditions;
      }
      matcher.region(at, text.length());
    }
    throw new IllegalArgumentException(
        "runonserver \"%s\" is no range of versions; write \">=16.0.0 <18.0.0\"".formatted(whole));
  }

  /// `=16` and `16.x` are any 16; `>=16` begins with 16.0.
  private static int minor(@org.jspecify.annotations.Nullable String given, String operator) {
    if (given != null && !given.equals("x")) {
      return Integer.parseInt(given);
    }
    return given == null && (operator.equals(">=") || operator.equals("<")) ? 0 : -1;
  }

  /// @param versionNumber PostgreSQL's `server_version_num`, such as 150012
  boolean contains(int versionNumber) {
    int major = versionNumber / 10_000;
    int minor = versionNumber % 10_000;
    return alternatives.isEmpty()
        || alternatives.stream()
            .anyMatch(all -> all.stream().allMatch(one -> one.holds(major, minor)));
  }
}
