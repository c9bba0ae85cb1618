// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Quantities as Kubernetes writes them: `500m`, `2`, `16Gi`, `1e3`.
final class Quantities {
  private static final Pattern QUANTITY =
      Pattern.compile(
          "([+-]?(?:[0-9]{1,30}(?:\\.[0-9]{0,30})?|\\.[0-9]{1,30}))"
              + "([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?");
  private static final String BINARY = "KMGTPE";
  private static final String DECIMAL = "numkMGTPE";

  private Quantities() {}

  static Optional<BigDecimal> parse(JsonNode node) {
    return node.isTextual() || node.isNumber() ? parse(node.asText()) : Optional.empty();
  }

  static Optional<BigDecimal> parse(String text) {
    Matcher matcher = QUANTITY.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String number = matcher.group(1);
    BigDecimal amount = new BigDecimal(number.endsWith(".") ? number + "0" : number);
    String suffix = matcher.group(2);
    if (suffix == null) {
      return Optional.of(amount);
    }
    if (suffix.endsWith("i")) {
      int power = BINARY.indexOf(suffix.charAt(0)) + 1;
      return Optional.of(amount.multiply(BigDecimal.valueOf(1L << (10 * power))));
    }
    int exponent =
        suffix.length() > 1 && (suffix.startsWith("e") || suffix.startsWith("E"))
            ? Integer.parseInt(suffix.substring(1))
            : exponentOf(suffix.charAt(0));
    return Optional.of(amount.scaleByPowerOfTen(exponent));
  }

  /// Of `n` -9, of `u` -6, of `m` -3; then `k` 3 and so on.
  private static int exponentOf(char unit) {
    int place = DECIMAL.indexOf(unit);
    return place < 3 ? (place - 3) * 3 : (place - 2) * 3;
  }
}
