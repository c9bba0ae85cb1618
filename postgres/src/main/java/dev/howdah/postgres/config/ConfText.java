// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.Map;
import java.util.regex.Pattern;

/// Writes names and values so that PostgreSQL's configuration files read them back unchanged.
public final class ConfText {
  /// What the scanner of `postgresql.conf` takes as a name, with or without a qualifier.
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?");

  private ConfText() {}

  /// Whether a parameter of this name can stand in `postgresql.conf`.
  static boolean isName(String name) {
    return NAME.matcher(name).matches() && name.length() < 64 && !name.startsWith("include");
  }

  /// Whether the value can be written at all: PostgreSQL's strings hold neither NUL nor broken
  /// Unicode.
  static boolean isWritable(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == 0) {
        return false;
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < value.length()
                && Character.isLowSurrogate(value.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /// One line of `postgresql.conf`, ended.
  public static String line(String name, String value) {
    return name + " = " + quote(value) + "\n";
  }

  static String lines(Map<String, String> parameters) {
    var text = new StringBuilder();
    parameters.forEach((name, value) -> text.append(line(name, value)));
    return text.toString();
  }

  /// A string literal of `postgresql.conf` (PostgreSQL manual, 20.1.2): quotes doubled, backslash
  /// escapes.
  public static String quote(String value) {
    if (!isWritable(value)) {
      throw new IllegalArgumentException(
          "a configuration value holds a NUL or broken Unicode; PostgreSQL cannot store it");
    }
    var out = new StringBuilder(value.length() + 8).append('\'');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\'' -> out.append("''");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            out.append("\\%03o".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('\'').toString();
  }

  /// A name or a path in a comma-separated list, as in `shared_preload_libraries`: double quotes
  /// where needed.
  static String listElement(String element) {
    if (element.matches("[A-Za-z0-9_$/.-]+")) {
      return element;
    }
    return "\"" + element.replace("\"", "\"\"") + "\"";
  }

  /// An identifier in a list that PostgreSQL would otherwise fold to lower case.
  static String identifier(String name) {
    return name.matches("[a-z_][a-z0-9_]*") ? name : "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
