// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Functions of texts. Positions count code points.
final class Strings {
  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  private Strings() {}

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    return switch (args.function()) {
      case "contains" -> args.text(0).contains(args.text(1));
      case "startsWith" -> args.text(0).startsWith(args.text(1));
      case "endsWith" -> args.text(0).endsWith(args.text(1));
      case "matches" -> pattern(args.text(1)).matcher(args.text(0)).find();
      case "find" -> find(args);
      case "findAll" -> findAll(args);
      case "charAt" -> part(args, args.integer(1), args.integer(1) + 1);
      case "lowerAscii" -> mapAscii(args.text(0), 'A', 'Z', 32);
      case "upperAscii" -> mapAscii(args.text(0), 'a', 'z', -32);
      case "replace" -> replace(args);
      case "split" -> split(args);
      case "join" -> join(args);
      case "substring" -> substring(args);
      case "trim" -> args.text(0).strip();
      case "format" -> TextFormat.format(args.text(0), args.list(1));
      case "strings.quote" -> quote(args.text(0));
      default -> null;
    };
  }

  /// Patterns are RE2's; the few differences in syntax are translated.
  static Pattern pattern(String regex) {
    try {
      return PATTERNS.computeIfAbsent(regex, each -> Pattern.compile(each.replace("(?P<", "(?<")));
    } catch (PatternSyntaxException e) {
      throw new CelException("error parsing regexp: " + e.getDescription() + ": `" + regex + "`");
    }
  }

  private static Object find(Args args) {
    var matcher = pattern(args.text(1)).matcher(args.text(0));
    return matcher.find() ? matcher.group() : "";
  }

  private static Object findAll(Args args) {
    var limit = args.count() > 2 ? args.integer(2) : -1;
    var found = pattern(args.text(1)).matcher(args.text(0)).results().map(each -> each.group());
    List<Object> result = new ArrayList<>();
    (limit < 0 ? found : found.limit(limit)).forEach(result::add);
    return result;
  }

  private static String mapAscii(String text, char from, char to, int shift) {
    var result = new StringBuilder(text);
    for (var i = 0; i < result.length(); i++) {
      var c = result.charAt(i);
      if (c >= from && c <= to) {
        result.setCharAt(i, (char) (c + shift));
      }
    }
    return result.toString();
  }

  private static String part(Args args, long from, long to) {
    var text = args.text(0);
    var length = text.codePointCount(0, text.length());
    if (args.function().equals("charAt") && from == length) {
      return "";
    }
    if (from < 0 || from > length) {
      throw new CelException("index out of range: " + from);
    }
    if (to < from || to > length) {
      throw new CelException(
          to < from
              ? "invalid substring range. start: %d, end: %d".formatted(from, to)
              : "index out of range: " + to);
    }
    return text.substring(
        text.offsetByCodePoints(0, (int) from), text.offsetByCodePoints(0, (int) to));
  }

  private static Object substring(Args args) {
    var text = args.text(0);
    var end = args.count() > 2 ? args.integer(2) : text.codePointCount(0, text.length());
    return part(args, args.integer(1), end);
  }

  private static Object replace(Args args) {
    var text = args.text(0);
    var old = args.text(1);
    var limit = args.count() > 3 ? args.position(3) : -1;
    if (limit < 0) {
      return text.replace(old, args.text(2));
    }
    var result = new StringBuilder();
    var from = 0;
    for (var i = 0; i < limit; i++) {
      var at = text.indexOf(old, from);
      if (at < 0) {
        break;
      }
      result.append(text, from, at).append(args.text(2));
      from = at + old.length();
    }
    return result.append(text.substring(from)).toString();
  }

  private static Object split(Args args) {
    var text = args.text(0);
    var separator = args.text(1);
    var limit = args.count() > 2 ? args.position(2) : -1;
    List<Object> parts = new ArrayList<>();
    if (limit == 0) {
      return parts;
    }
    if (separator.isEmpty()) {
      text.codePoints().mapToObj(Character::toString).forEach(parts::add);
      return parts;
    }
    var from = 0;
    while (limit < 0 || parts.size() < limit - 1) {
      var at = text.indexOf(separator, from);
      if (at < 0) {
        break;
      }
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static Object join(Args args) {
    var separator = args.count() > 1 ? args.text(1) : "";
    var parts = new ArrayList<String>();
    for (var part : args.list(0)) {
      if (!(part instanceof String text)) {
        throw args.wrong();
      }
      parts.add(text);
    }
    return String.join(separator, parts);
  }

  /// Where a text occurs in another, counted in code points.
  static Object indexOf(Args args, boolean last) {
    var text = args.text(0);
    var wanted = args.text(1);
    int found;
    if (args.count() > 2) {
      var length = text.codePointCount(0, text.length());
      if (args.integer(2) < 0 || args.integer(2) > length) {
        throw new CelException("index out of range: " + args.integer(2));
      }
      var from = text.offsetByCodePoints(0, args.position(2));
      found = last ? text.lastIndexOf(wanted, from) : text.indexOf(wanted, from);
    } else {
      found = last ? text.lastIndexOf(wanted) : text.indexOf(wanted);
    }
    return found < 0 ? -1L : (long) text.codePointCount(0, found);
  }

  private static String quote(String text) {
    var escaped =
        text.chars()
            .mapToObj(c ->
                switch (c) {
                  case '\n' -> "\\n";
                  case '\r' -> "\\r";
                  case '\t' -> "\\t";
                  case '"' -> "\\\"";
                  case '\\' -> "\\\\";
                  default -> String.valueOf((char) c);
                });
    return Stream.concat(Stream.concat(Stream.of("\""), escaped), Stream.of("\""))
        .collect(Collectors.joining());
  }

  /// A scalar as text.
  static String plain(Object value) {
    return switch (value) {
      case Double number -> real(number);
      case Duration duration -> seconds(duration);
      case Instant instant -> instant.toString();
      default -> value.toString();
    };
  }

  private static String real(double number) {
    if (number == Math.rint(number) && Math.abs(number) < 1e21) {
      return new BigDecimal(number).toPlainString();
    }
    return Double.isInfinite(number) ? (number > 0 ? "+Inf" : "-Inf") : Double.toString(number);
  }

  private static String seconds(Duration duration) {
    var seconds = BigDecimal.valueOf(duration.toNanos(), 9).stripTrailingZeros();
    return seconds.toPlainString() + "s";
  }
}
