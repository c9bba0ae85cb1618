// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import java.util.Collection;
import java.util.Locale;

/// Finds the name that a mistyped one was meant to be.
final class NearestName {
  private NearestName() {}

  /// The nearest of the known names; empty where none is near.
  static String of(String typed, Collection<String> known) {
    String best = "";
    int least = Math.max(1, typed.length() / 3) + 1;
    for (String name : known) {
      int distance = distance(plain(typed), plain(name));
      if (distance < least) {
        least = distance;
        best = name;
      }
    }
    return best;
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  /// Levenshtein's distance.
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int above = row[j];
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[to.length()];
  }
}
