// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads quantities such as `100Mi`, `0.5`, `250m`.
final class Quantities {
  private static final Pattern FORM =
      Pattern.compile("([+-]?(?:\\d+\\.?\\d*|\\.\\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d+)?");
  private static final Map<String, BigDecimal> UNITS =
      Map.ofEntries(
          Map.entry("n", new BigDecimal("1e-9")),
          Map.entry("u", new BigDecimal("1e-6")),
          Map.entry("m", new BigDecimal("1e-3")),
          Map.entry("k", new BigDecimal("1e3")),
          Map.entry("M", new BigDecimal("1e6")),
          Map.entry("G", new BigDecimal("1e9")),
          Map.entry("T", new BigDecimal("1e12")),
          Map.entry("P", new BigDecimal("1e15")),
          Map.entry("E", new BigDecimal("1e18")),
          Map.entry("Ki", BigDecimal.TWO.pow(10)),
          Map.entry("Mi", BigDecimal.TWO.pow(20)),
          Map.entry("Gi", BigDecimal.TWO.pow(30)),
          Map.entry("Ti", BigDecimal.TWO.pow(40)),
          Map.entry("Pi", BigDecimal.TWO.pow(50)),
          Map.entry("Ei", BigDecimal.TWO.pow(60)));

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
    var factor = UNITS.get(unit);
    return factor != null
        ? number.multiply(factor)
        : number.scaleByPowerOfTen(Integer.parseInt(unit.substring(1)));
  }
}
