// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The method `format` of texts: `'%s has %d'.format(['a', 1])`.
final class TextFormat {
  private static final Pattern CLAUSE = Pattern.compile("%(?:\\.(\\d+))?(.)", Pattern.DOTALL);
  private static final int PRECISION = 6;

  private TextFormat() {}

  static String format(String format, List<?> arguments) {
    var next = new int[] {0};
    return CLAUSE
        .matcher(format)
        .replaceAll(clause -> {
          if (clause.group(2).equals("%")) {
            return "%";
          }
          if (next[0] >= arguments.size()) {
            throw new CelException("index %d out of range".formatted(next[0]));
          }
          var precision = clause.group(1) == null ? PRECISION : Integer.parseInt(clause.group(1));
          var value = arguments.get(next[0]++);
          return Matcher.quoteReplacement(one(clause.group(2), precision, value));
        });
  }

  private static String one(String verb, int precision, Object value) {
    return switch (verb) {
      case "s" -> text(value);
      case "d" -> {
        if (!Values.isNumber(value)) {
          throw wrong("decimal", value);
        }
        yield Strings.plain(value);
      }
      case "f" ->
          new BigDecimal(Strings.plain(number(value)))
              .setScale(precision, RoundingMode.HALF_EVEN)
              .toPlainString();
      case "e" ->
          String.format(
              Locale.ROOT, "%." + precision + "e", Double.valueOf(Strings.plain(number(value))));
      case "b" ->
          value instanceof Boolean truth
              ? (truth ? "1" : "0")
              : Long.toString(integer("binary", value), 2);
      case "o" -> Long.toString(integer("octal", value), 8);
      case "x" -> hex(value);
      case "X" -> hex(value).toUpperCase(Locale.ROOT);
      default ->
          throw new CelException(
              "could not parse formatting clause: unrecognized formatting clause \"" + verb + "\"");
    };
  }

  private static CelException wrong(String clause, Object value) {
    return new CelException(
        "error during formatting: %s clause can only be used on numbers, was given %s"
            .formatted(clause, Values.typeName(value)));
  }

  private static Object number(Object value) {
    if (!Values.isNumber(value)) {
      throw wrong("fixed-point", value);
    }
    return value;
  }

  private static long integer(String clause, Object value) {
    return switch (value) {
      case Long number -> number;
      case Values.Unsigned(var number) -> number;
      default -> throw wrong(clause, value);
    };
  }

  private static String hex(Object value) {
    return switch (value) {
      case String text -> HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
      case Values.Bytes(var data) -> HexFormat.of().formatHex(data);
      default -> Long.toString(integer("hex", value), 16);
    };
  }

  private static String text(Object value) {
    return switch (value) {
      case List<?> list ->
          list.stream().map(TextFormat::text).collect(Collectors.joining(", ", "[", "]"));
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(each -> text(each.getKey()) + ": " + text(each.getValue()))
              .sorted()
              .collect(Collectors.joining(", ", "{", "}"));
      default -> Strings.plain(value);
    };
  }
}
