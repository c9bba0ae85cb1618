// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import java.util.List;
import java.util.stream.Collectors;

/// Joins words as a POSIX shell would read them back.
final class Shell {
  private Shell() {}

  static String join(List<String> words) {
    return words.stream().map(Shell::quoted).collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
