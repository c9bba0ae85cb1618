// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One server parameter of one PostgreSQL major, as `pg_settings` describes it.
///
/// @param unit the unit of a number without one, such as `8kB`, `ms`, or empty
/// @param context `internal`, `postmaster`, `sighup`, `backend`, `superuser-backend`, `superuser`
///   or `user`
/// @param choices what an enumeration may be (PostgreSQL keeps some spellings out of this list)
public record Parameter(
    String name,
    Type type,
    String unit,
    String context,
    @Nullable BigDecimal minimum,
    @Nullable BigDecimal maximum,
    List<String> choices) {

  /// How PostgreSQL reads a value.
  public enum Type {
    BOOL,
    INTEGER,
    REAL,
    ENUM,
    STRING
  }

  private static final Pattern NUMBER =
      Pattern.compile(
          "\\s*([+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\\.[0-9]+(?:[eE][+-]?[0-9]+)?))\\s*([A-Za-z]*)\\s*");

  private static final Map<String, Long> BYTES =
      Map.of("B", 1L, "kB", 1L << 10, "MB", 1L << 20, "GB", 1L << 30, "TB", 1L << 40);
  private static final Map<String, Long> MICROSECONDS =
      Map.of(
          "us",
          1L,
          "ms",
          1_000L,
          "s",
          1_000_000L,
          "min",
          60_000_000L,
          "h",
          3_600_000_000L,
          "d",
          86_400_000_000L);

  public Parameter {
    choices = List.copyOf(choices);
  }

  /// What a change of it takes, apart from Howdah's own rules.
  public ParameterClass changeClass() {
    return switch (context) {
      case "internal" -> ParameterClass.FIXED;
      case "postmaster" -> ParameterClass.RESTART;
      default -> ParameterClass.RELOAD;
    };
  }

  /// Why PostgreSQL would refuse this value; empty if it would take it, as far as the type can
  /// tell.
  public Optional<String> problemWith(String value) {
    return switch (type) {
      case BOOL ->
          bool(value).isPresent()
              ? Optional.empty()
              : Optional.of("is not a boolean; write on or off");
      case ENUM ->
          choice(value).isPresent()
              ? Optional.empty()
              : Optional.of("is none of its values; write one of " + String.join(", ", choices));
      case INTEGER, REAL -> problemWithNumber(value);
      case STRING -> Optional.empty();
    };
  }

  private Optional<String> problemWithNumber(String value) {
    Optional<BigDecimal> number = number(value);
    if (number.isEmpty()) {
      return Optional.of(
          "is not a number" + (unit.isEmpty() ? "" : " with a unit such as " + exampleUnits()));
    }
    BigDecimal n = number.get();
    if (minimum != null && n.compareTo(minimum) < 0) {
      return Optional.of("is below the minimum, " + bound(minimum));
    }
    if (maximum != null && n.compareTo(maximum) > 0) {
      return Optional.of("is above the maximum, " + bound(maximum));
    }
    return Optional.empty();
  }

  private String exampleUnits() {
    return unitMicroseconds() != null ? "ms, s, min, h, d" : "kB, MB, GB, TB";
  }

  private String bound(BigDecimal bound) {
    String plain = bound.toPlainString();
    return unit.isEmpty() ? plain : plain + " (in units of " + unit + ")";
  }

  /// The value in one spelling, so that `1GB` equals `1024MB` and `yes` equals `on`.
  public String canonical(String value) {
    return switch (type) {
      case BOOL -> bool(value).map(b -> b ? "on" : "off").orElse(value);
      case ENUM -> choice(value).orElse(value);
      case INTEGER, REAL ->
          number(value).map(n -> n.stripTrailingZeros().toPlainString()).orElse(value);
      case STRING -> value;
    };
  }

  private Optional<String> choice(String value) {
    String wanted = value.toLowerCase(Locale.ROOT);
    for (String choice : choices) {
      if (choice.equalsIgnoreCase(wanted)) {
        return Optional.of(choice);
      }
    }
    if (choices.contains("off") && choices.contains("on")) {
      return switch (wanted) {
        case "true", "yes", "1" -> Optional.of("on");
        case "false", "no", "0" -> Optional.of("off");
        default -> Optional.empty();
      };
    }
    if (name.equals("wal_level") && (wanted.equals("archive") || wanted.equals("hot_standby"))) {
      return Optional.of("replica");
    }
    if (choices.contains("debug5")) {
      return switch (wanted) {
        case "debug" -> Optional.of("debug2");
        case "info", "fatal", "panic" -> Optional.of(wanted);
        default -> Optional.empty();
      };
    }
    return name.equals("ssl_max_protocol_version") && wanted.isEmpty()
        ? Optional.of("")
        : Optional.empty();
  }

  /// Reads a boolean as PostgreSQL does: any unambiguous beginning of true, false, yes, no, on,
  /// off, and 1 or 0.
  static Optional<Boolean> bool(String value) {
    String v = value.toLowerCase(Locale.ROOT);
    if (v.isEmpty()) {
      return Optional.empty();
    }
    if ("true".startsWith(v) || "yes".startsWith(v) || v.equals("on") || v.equals("1")) {
      return Optional.of(true);
    }
    boolean off = v.length() > 1 && "off".startsWith(v);
    return "false".startsWith(v) || "no".startsWith(v) || off || v.equals("0")
        ? Optional.of(false)
        : Optional.empty();
  }

  /// The number in this parameter's unit, rounded to an integer where it must be one.
  Optional<BigDecimal> number(String value) {
    var matcher = NUMBER.matcher(value);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    BigDecimal number;
    try {
      number = plainNumber(matcher.group(1));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
    if (number.precision() - (long) number.scale()
        > 25) { // beyond every range, and slow to write out
      return Optional.empty();
    }
    String given = matcher.group(2);
    if (!given.isEmpty()) {
      BigDecimal factor = factor(given);
      if (factor == null) {
        return Optional.empty();
      }
      number = number.multiply(factor);
    }
    return Optional.of(type == Type.INTEGER ? number.setScale(0, RoundingMode.HALF_EVEN) : number);
  }

  private BigDecimal plainNumber(String text) {
    String digits = text.startsWith("+") || text.startsWith("-") ? text.substring(1) : text;
    boolean negative = text.startsWith("-");
    BigDecimal number;
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      number = new BigDecimal(new java.math.BigInteger(digits.substring(2), 16));
    } else if (type == Type.INTEGER && digits.matches("0[0-7]+")) {
      number = new BigDecimal(new java.math.BigInteger(digits, 8));
    } else {
      number = new BigDecimal(digits.endsWith(".") ? digits + "0" : digits);
    }
    return negative ? number.negate() : number;
  }

  private @Nullable BigDecimal factor(String given) {
    Long base = unitBytes();
    Long from = base != null ? BYTES.get(given) : MICROSECONDS.get(given);
    Long to = base != null ? base : unitMicroseconds();
    if (from == null || to == null) {
      return null;
    }
    return BigDecimal.valueOf(from).divide(BigDecimal.valueOf(to), 30, RoundingMode.HALF_EVEN);
  }

  private @Nullable Long unitBytes() {
    int digits = 0;
    while (digits < unit.length() && Character.isDigit(unit.charAt(digits))) {
      digits++;
    }
    Long size = BYTES.get(unit.substring(digits));
    if (size == null) {
      return null;
    }
    return digits == 0 ? size : size * Long.parseLong(unit.substring(0, digits));
  }

  private @Nullable Long unitMicroseconds() {
    return MICROSECONDS.get(unit);
  }
}
