// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/// Which databases a query runs in: names, and patterns with `*`, `?` and `[…]`.
final class NamePattern {
  private NamePattern() {}

  static boolean isPattern(String text) {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.indexOf('[') >= 0;
  }

  /// The databases that are meant, each once, in the order in which they are asked for. A name that
  /// no database has stays, so that its query says so.
  ///
  /// @param wanted empty: the default one
  static List<String> choose(List<String> wanted, String otherwise, List<String> all) {
    if (wanted.isEmpty()) {
      return List.of(otherwise);
    }
    Set<String> chosen = new LinkedHashSet<>();
    for (String one : wanted) {
      if (isPattern(one)) {
        all.stream().filter(name -> matches(one, name)).forEach(chosen::add);
      } else {
        chosen.add(one);
      }
    }
    return List.copyOf(chosen);
  }

  private static boolean matches(String pattern, String name) {
    if (pattern.equals("*")) {
      return true;
    }
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + pattern).matches(Path.of(name));
    } catch (PatternSyntaxException | java.nio.file.InvalidPathException e) {
      return false;
    }
  }
}
