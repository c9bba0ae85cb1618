// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import java.util.Map;
import java.util.regex.Pattern;

/// What the patterns of our schemas mean to a person.
final class PatternWords {
  private record Words(String reason, String remedy) {}

  private static final Map<String, Words> KNOWN =
      Map.of(
          "^[1-9][0-9]*[dwm]$",
          new Words("not a span of time", "write days, weeks or months, as 30d, 4w or 6m"),
          "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
          new Words(
              "not a name of Kubernetes",
              "write lower-case letters, digits and '-', beginning and ending with a letter or digit"),
          "^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$",
          new Words(
              "not a name for a volume",
              "write lower-case letters, digits, '-' and '_', beginning and ending with a letter or"
                  + " digit"),
          "^[a-z]([a-z0-9_-]*[a-z0-9])?$",
          new Words(
              "not a name for pg_hba",
              "write lower-case letters, digits, '-' and '_', beginning with a letter"),
          "^[a-zA-Z_][a-zA-Z0-9_]*$",
          new Words(
              "not a name of an environment variable",
              "write letters, digits and '_', not beginning with a digit"),
          "^[0-9a-z_]*$",
          new Words("not allowed in names of slots", "write lower-case letters, digits and '_'"));

  private PatternWords() {}

  private static Words of(Pattern pattern) {
    Words words = KNOWN.get(pattern.pattern());
    if (words != null) {
      return words;
    }
    return pattern.pattern().contains("KMGTPE")
        ? new Words("not a quantity", "write it as 500m, 2 or 16Gi")
        : new Words("not of the form " + pattern.pattern(), "correct it");
  }

  static String reason(Pattern pattern) {
    return of(pattern).reason();
  }

  static String remedy(Pattern pattern) {
    return of(pattern).remedy();
  }
}
