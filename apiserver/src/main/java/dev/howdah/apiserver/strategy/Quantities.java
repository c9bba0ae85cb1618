// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Quantities such as `100Mi`, `0.5`, `250m`, and the one form of each that is stored.
final class Quantities {
  private static final Pattern FORM =
      Pattern.compile("([+-]?(?:\\d+\\.?\\d*|\\.\\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d+)?");
  private static final List<String> DECIMAL =
      List.of("n", "u", "m", "", "k", "M", "G", "T", "P", "E");
  private static final List<String> BINARY = List.of("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei");
  private static final int SMALLEST = 9; // digits behind the point
  private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);
  private static final BigDecimal KIBI = BigDecimal.valueOf(1024);

  private Quantities() {}

  /// The number, or null when the node is no quantity.
  static @Nullable BigDecimal parse(JsonNode node) {
    if (!node.isTextual() && !node.isNumber()) {
      return null;
    }
    var matcher = FORM.matcher(node.asText());
    if (!matcher.matches()) {
      return null;
    }
    var number = new BigDecimal(matcher.group(1));
    var unit = matcher.group(2);
    if (unit == null) {
      return number;
    }
    if (unit.endsWith("i")) {
      return number.multiply(KIBI.pow(BINARY.indexOf(unit)));
    }
    return DECIMAL.contains(unit)
        ? number.scaleByPowerOfTen(3 * (DECIMAL.indexOf(unit) - 3))
        : number.scaleByPowerOfTen(Integer.parseInt(unit.substring(1)));
  }

  /// Writes all quantities of a list of resources (`limits`, `requests`, `capacity`) in their
  /// stored form.
  static void canonicalize(JsonNode resources) {
    if (resources instanceof ObjectNode map) {
      for (var entry : List.copyOf(map.properties())) {
        var text = canonical(entry.getValue());
        if (text != null) {
          map.put(entry.getKey(), text);
        }
      }
    }
  }

  /// The stored form of a quantity: the greatest unit of its family that leaves a whole number; or
  /// null when it is none, or in a family (with an exponent) that stays as it is.
  static @Nullable String canonical(JsonNode node) {
    var number = parse(node);
    if (number == null) {
      return null;
    }
    var text = node.asText();
    var exponent =
        text.matches(".*\\d[eE][+-]?\\d+") && !text.endsWith("E") && !text.endsWith("Ei");
    if (exponent) {
      return node.isNumber() ? text : null;
    }
    if (text.endsWith("i") && number.abs().compareTo(KIBI) >= 0) {
      return scaled(number.setScale(0, RoundingMode.CEILING), BINARY, 0, KIBI);
    }
    return scaled(number.setScale(SMALLEST, RoundingMode.CEILING), DECIMAL, 3, THOUSAND);
  }

  private static String scaled(BigDecimal number, List<String> units, int plain, BigDecimal step) {
    if (number.signum() == 0) {
      return "0";
    }
    var unit = plain;
    var value = number;
    while (value.stripTrailingZeros().scale() > 0 && unit > 0) {
      value = value.multiply(step);
      unit--;
    }
    while (unit < units.size() - 1 && value.remainder(step).signum() == 0) {
      value = value.divide(step);
      unit++;
    }
    return value.toBigInteger() + units.get(unit);
  }
}
