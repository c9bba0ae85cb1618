// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The literals that `backup.info` holds strings and lists in: those of Python. Values are
/// `String`, `Long`, `Double`, `Boolean`, `List` (lists and tuples alike), `Map`, or null for
/// `None`.
final class Literal {
  private static final int DEEPEST = 32;
  private final String text;
  private int at;

  private Literal(String text) {
    this.text = text;
  }

  /// @throws IllegalArgumentException with the position of what can't be read
  static @Nullable Object parse(String text) {
    var parser = new Literal(text);
    var value = parser.value(0);
    parser.blanks();
    if (parser.at < text.length()) {
      throw parser.wrong("nothing more");
    }
    return value;
  }

  /// Writes a string in single quotes with the escapes every reader knows.
  static String quote(String value) {
    var out = new StringBuilder(value.length() + 16).append('\'');
    value
        .codePoints()
        .forEach(c -> {
          switch (c) {
            case '\\' -> out.append("\\\\");
            case '\'' -> out.append("\\'");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
              if (c < 0x20 || c == 0x7f) {
                out.append("\\x%02x".formatted(c));
              } else {
                out.appendCodePoint(c);
              }
            }
          }
        });
    return out.append('\'').toString();
  }

  private @Nullable Object value(int depth) {
    if (depth > DEEPEST) {
      throw wrong("less nesting");
    }
    blanks();
    if (at >= text.length()) {
      throw wrong("a value");
    }
    char c = text.charAt(at);
    return switch (c) {
      case '[' -> list(']', depth);
      case '(' -> list(')', depth);
      case '{' -> map(depth);
      case '\'', '"' -> string();
      case 'u', 'b' -> {
        if (at + 1 < text.length() && "'\"".indexOf(text.charAt(at + 1)) >= 0) {
          at++;
          yield string();
        }
        throw wrong("a value");
      }
      default -> word();
    };
  }

  private List<@Nullable Object> list(char end, int depth) {
    at++;
    var values = new ArrayList<@Nullable Object>();
    while (!taken(end)) {
      values.add(value(depth + 1));
      if (!taken(',')) {
        if (!taken(end)) {
          throw wrong("\"" + end + "\"");
        }
        break;
      }
    }
    return values;
  }

  private Map<String, @Nullable Object> map(int depth) {
    at++;
    var values = new LinkedHashMap<String, @Nullable Object>();
    while (!taken('}')) {
      var key = String.valueOf(value(depth + 1));
      if (!taken(':')) {
        throw wrong("\":\"");
      }
      values.put(key, value(depth + 1));
      if (!taken(',')) {
        if (!taken('}')) {
          throw wrong("\"}\"");
        }
        break;
      }
    }
    return values;
  }

  private String string() {
    char quote = text.charAt(at++);
    var out = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == quote) {
        return out.toString();
      }
      if (c != '\\') {
        out.append(c);
      } else {
        escape(out);
      }
    }
    throw wrong("the end of a string");
  }

  private void escape(StringBuilder out) {
    if (at >= text.length()) {
      throw wrong("an escape");
    }
    char c = text.charAt(at++);
    switch (c) {
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'x' -> out.appendCodePoint(hex(2));
      case 'u' -> out.appendCodePoint(hex(4));
      case 'U' -> out.appendCodePoint(hex(8));
      case '\\', '\'', '"' -> out.append(c);
      default -> out.append('\\').append(c);
    }
  }

  private int hex(int digits) {
    if (at + digits > text.length()) {
      throw wrong(digits + " hexadecimal digits");
    }
    try {
      int value = Integer.parseInt(text.substring(at, at + digits), 16);
      if (!Character.isValidCodePoint(value)) {
        throw wrong("a character's number");
      }
      at += digits;
      return value;
    } catch (NumberFormatException e) {
      throw wrong(digits + " hexadecimal digits");
    }
  }

  private @Nullable Object word() {
    int from = at;
    while (at < text.length() && ",])}: \t".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    var word = text.substring(from, at);
    return switch (word) {
      case "None" -> null;
      case "True" -> true;
      case "False" -> false;
      default -> number(word, from);
    };
  }

  private Object number(String word, int from) {
    try {
      if (word.chars().allMatch(c -> Character.isDigit(c) || c == '-' || c == '+')) {
        return Long.parseLong(word);
      }
      return Double.parseDouble(word);
    } catch (NumberFormatException e) {
      at = from;
      throw wrong("a value");
    }
  }

  private boolean taken(char c) {
    blanks();
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void blanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException wrong(String expected) {
    return new IllegalArgumentException(
        "expected %s at character %d of: %s".formatted(expected, at + 1, text));
  }
}
