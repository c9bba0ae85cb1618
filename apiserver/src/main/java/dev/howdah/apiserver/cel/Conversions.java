// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// From one type to another, and what is asked of any value.
final class Conversions {
  private Conversions() {}

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    return switch (args.function()) {
      case "int" -> toInt(args);
      case "uint" -> toUnsigned(args);
      case "double" -> toDouble(args);
      case "bool" -> toBool(args);
      case "string" -> toText(args.get(0), args);
      case "bytes" -> toBytes(args);
      case "dyn" -> args.get(0);
      case "type" -> new Values.Type(Values.typeName(args.get(0)));
      case "size" -> size(args);
      default -> null;
    };
  }

  private static Object toInt(Args args) {
    return switch (args.get(0)) {
      case Long number -> number;
      case Values.Unsigned(var value) when value >= 0 -> value;
      case Double number when Math.abs(number) < 0x1p63 -> number.longValue();
      case Instant instant -> instant.getEpochSecond();
      case Duration duration -> duration.toNanos();
      case String text -> {
        try {
          yield Long.valueOf(text);
        } catch (NumberFormatException e) {
          throw new CelException(
              "strconv.ParseInt: parsing \"%s\": invalid syntax".formatted(text));
        }
      }
      case Values.Unsigned _, Double _ -> throw new CelException("integer overflow");
      default -> throw args.wrong();
    };
  }

  private static Object toUnsigned(Args args) {
    return switch (args.get(0)) {
      case Values.Unsigned number -> number;
      case Long number when number >= 0 -> new Values.Unsigned(number);
      case Double number when number >= 0 && number < 0x1p64 ->
          new Values.Unsigned(BigInteger.valueOf(number.longValue()).longValue());
      case String text -> {
        try {
          yield new Values.Unsigned(Long.parseUnsignedLong(text));
        } catch (NumberFormatException e) {
          throw new CelException(
              "strconv.ParseUint: parsing \"%s\": invalid syntax".formatted(text));
        }
      }
      case Long _, Double _ -> throw new CelException("unsigned integer overflow");
      default -> throw args.wrong();
    };
  }

  private static Object toDouble(Args args) {
    return switch (args.get(0)) {
      case Double number -> number;
      case Long number -> number.doubleValue();
      case Values.Unsigned number -> Double.valueOf(number.toString());
      case String text -> {
        try {
          yield Double.valueOf(text);
        } catch (NumberFormatException e) {
          throw new CelException(
              "strconv.ParseFloat: parsing \"%s\": invalid syntax".formatted(text));
        }
      }
      default -> throw args.wrong();
    };
  }

  private static Object toBool(Args args) {
    return switch (args.get(0)) {
      case Boolean truth -> truth;
      case String text ->
          switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default ->
                throw new CelException(
                    "strconv.ParseBool: parsing \"%s\": invalid syntax".formatted(text));
          };
      default -> throw args.wrong();
    };
  }

  private static Object toText(Object value, Args args) {
    return switch (value) {
      case String text -> text;
      case List<?> _, Map<?, ?> _, Optional<?> _ -> throw args.wrong();
      default -> Strings.plain(value);
    };
  }

  private static Object toBytes(Args args) {
    return switch (args.get(0)) {
      case Values.Bytes bytes -> bytes;
      case String text -> new Values.Bytes(text.getBytes(StandardCharsets.UTF_8));
      default -> throw args.wrong();
    };
  }

  private static Object size(Args args) {
    return switch (args.only(1, 1).get(0)) {
      case String text -> (long) text.codePointCount(0, text.length());
      case Values.Bytes(var data) -> (long) data.length;
      case List<?> list -> (long) list.size();
      case Map<?, ?> map -> (long) map.size();
      default -> throw args.wrong();
    };
  }
}
