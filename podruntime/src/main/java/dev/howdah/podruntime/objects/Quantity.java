// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/// Resource quantities such as `500m`, `1.5Gi` and `3e2`.
public final class Quantity {
  private static final Map<String, BigDecimal> UNITS =
      Map.ofEntries(
          Map.entry("n", new BigDecimal("1e-9")),
          Map.entry("u", new BigDecimal("1e-6")),
          Map.entry("m", new BigDecimal("1e-3")),
          Map.entry("", BigDecimal.ONE),
          Map.entry("k", new BigDecimal("1e3")),
          Map.entry("M", new BigDecimal("1e6")),
          Map.entry("G", new BigDecimal("1e9")),
          Map.entry("T", new BigDecimal("1e12")),
          Map.entry("P", new BigDecimal("1e15")),
          Map.entry("E", new BigDecimal("1e18")),
          Map.entry("Ki", binary(1)),
          Map.entry("Mi", binary(2)),
          Map.entry("Gi", binary(3)),
          Map.entry("Ti", binary(4)),
          Map.entry("Pi", binary(5)),
          Map.entry("Ei", binary(6)));

  private Quantity() {}

  private static BigDecimal binary(int power) {
    return new BigDecimal(1024).pow(power);
  }

  /// The amount in base units (cores, bytes).
  public static BigDecimal parse(String text) {
    int end = text.length();
    while (end > 0 && Character.isLetter(text.charAt(end - 1))) {
      end--;
    }
    BigDecimal unit = UNITS.get(text.substring(end));
    return unit == null
        ? new BigDecimal(text)
        : new BigDecimal(text.substring(0, end)).multiply(unit);
  }

  /// How many times the divisor, rounded up: what a `resourceFieldRef` gives.
  public static long divide(String amount, String divisor) {
    BigDecimal by = parse(divisor.isEmpty() || divisor.equals("0") ? "1" : divisor);
    return parse(amount).divide(by, 0, RoundingMode.CEILING).longValueExact();
  }
}
