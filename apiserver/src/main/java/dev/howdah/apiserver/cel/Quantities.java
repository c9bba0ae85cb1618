// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Quantities such as `100Mi`, as exact decimal numbers.
final class Quantities {
  private static final Pattern FORM =
      Pattern.compile("([+-]?(?:\\d+\\.?\\d*|\\.\\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d+)?");
  private static final String BINARY = "KMGTPE";
  private static final String DECIMAL = "num kMGTPE";

  private Quantities() {}

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    return switch (args.function()) {
      case "isQuantity" -> parse(args.text(0)) != null;
      case "quantity" -> args.get(0) instanceof BigDecimal it ? it : read(args.text(0));
      case "isInteger" -> fitsLong(args.as(0, BigDecimal.class));
      case "asInteger" -> asInteger(args);
      case "asApproximateFloat" -> args.as(0, BigDecimal.class).doubleValue();
      case "sign" -> (long) args.as(0, BigDecimal.class).signum();
      case "add" -> args.as(0, BigDecimal.class).add(other(args));
      case "sub" -> args.as(0, BigDecimal.class).subtract(other(args));
      case "compareTo" -> (long) args.as(0, BigDecimal.class).compareTo(other(args));
      case "isLessThan" -> order(args) < 0;
      case "isGreaterThan" -> order(args) > 0;
      default -> null;
    };
  }

  private static BigDecimal other(Args args) {
    return args.get(1) instanceof Long number
        ? BigDecimal.valueOf(number)
        : args.as(1, BigDecimal.class);
  }

  private static int order(Args args) {
    return args.as(0, BigDecimal.class).compareTo(other(args));
  }

  private static boolean fitsLong(BigDecimal quantity) {
    return quantity.stripTrailingZeros().scale() <= 0
        && quantity.toBigInteger().bitLength() < Long.SIZE;
  }

  private static Object asInteger(Args args) {
    var quantity = args.as(0, BigDecimal.class);
    if (!fitsLong(quantity)) {
      throw new CelException("cannot convert value to integer");
    }
    return quantity.longValue();
  }

  private static BigDecimal read(String text) {
    var quantity = parse(text);
    if (quantity == null) {
      throw new CelException(
          "quantities must match the regular expression"
              + " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }
    return quantity;
  }

  private static @Nullable BigDecimal parse(String text) {
    var form = FORM.matcher(text);
    if (!form.matches()) {
      return null;
    }
    var number = new BigDecimal(form.group(1));
    var suffix = form.group(2);
    if (suffix == null) {
      return number;
    }
    if (suffix.endsWith("i")) {
      var power = BINARY.indexOf(suffix.charAt(0)) + 1;
      return number.multiply(new BigDecimal(BigInteger.TWO.pow(10 * power)));
    }
    if (suffix.length() > 1) {
      return number.scaleByPowerOfTen(Integer.parseInt(suffix.substring(1).replace("+", "")));
    }
    return number.scaleByPowerOfTen(3 * (DECIMAL.indexOf(suffix.charAt(0)) - 3));
  }
}
