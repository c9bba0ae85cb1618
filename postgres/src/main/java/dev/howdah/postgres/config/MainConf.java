// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// The two files in the data directory that are not Howdah's alone: `postgresql.conf` and
/// `postgresql.auto.conf`.
public final class MainConf {
  private static final Pattern NAME =
      Pattern.compile("^\\s*([A-Za-z_][A-Za-z0-9_$.]*)\\s*(?:=|\\s).*", Pattern.DOTALL);

  private MainConf() {}

  /// `postgresql.conf` with Howdah's two files included last, so that they decide.
  ///
  /// Returns the text unchanged when it already ends so.
  public static String withIncludes(String postgresqlConf) {
    var wanted =
        List.of(
            "include '" + ServerConfiguration.CUSTOM_CONF + "'",
            "include '" + ServerConfiguration.OVERRIDE_CONF + "'");
    var lines = new ArrayList<String>(List.of(postgresqlConf.split("\n", -1)));
    while (!lines.isEmpty() && lines.getLast().isBlank()) {
      lines.removeLast();
    }
    int size = lines.size();
    if (size >= 2 && lines.subList(size - 2, size).equals(wanted)) {
      return postgresqlConf.endsWith("\n") ? postgresqlConf : postgresqlConf + "\n";
    }
    lines.removeIf(MainConf::includesOurs);
    lines.addAll(wanted);
    return String.join("\n", lines) + "\n";
  }

  private static boolean includesOurs(String line) {
    String bare = line.strip().replaceAll("\\s*#.*$", "").replaceAll("[\\s=]+", " ");
    return bare.matches("include(_if_exists)? '?(custom|override)\\.conf'?");
  }

  /// `postgresql.auto.conf` without the parameters that `ALTER SYSTEM` may not decide.
  ///
  /// The file is read after all others, so that one line in it would otherwise undo what keeps data
  /// safe.
  public static String withoutFixed(String autoConf) {
    return without(autoConf, FixedParameters::isOutOfReachOfAlterSystem);
  }

  /// `postgresql.auto.conf` without some parameters, whose names are asked for in lower case.
  static String without(String autoConf, Predicate<String> names) {
    var kept = new StringBuilder();
    for (String line : autoConf.split("\n", -1)) {
      var matcher = NAME.matcher(line);
      boolean named = matcher.matches() && names.test(matcher.group(1).toLowerCase(Locale.ROOT));
      if (!named) {
        kept.append(line).append('\n');
      }
    }
    kept.setLength(Math.max(0, kept.length() - 1));
    return kept.toString();
  }
}
