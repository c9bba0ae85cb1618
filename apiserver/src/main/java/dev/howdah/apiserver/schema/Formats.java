// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;

/// The formats that a CustomResourceDefinition may ask of strings. Unknown formats accept all.
final class Formats {
  private static final Pattern DATE_TIME =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([zZ]|[+-]\\d\\d:\\d\\d)");
  private static final Pattern GO_DURATION =
      Pattern.compile("[-+]?(0|((\\d+(\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)");
  private static final Pattern WORDY_DURATION =
      Pattern.compile(
          "(\\s*\\d+\\s*(ns|nanos?|us|µs|micros?|ms|millis?|s|secs?|seconds?|m|mins?|minutes?"
              + "|h|hrs?|hours?|d|days?|w|wks?|weeks?))+\\s*",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern UUID =
      Pattern.compile(
          "[0-9a-f]{8}-?[0-9a-f]{4}-?([0-9a-f])[0-9a-f]{3}-?([0-9a-f])[0-9a-f]{3}-?[0-9a-f]{12}");
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");
  private static final Pattern MAC =
      Pattern.compile("([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2}[:-]){0,14}[0-9A-Fa-f]{2}");
  private static final Pattern EMAIL =
      Pattern.compile("[^\\s@<>,;:()\\[\\]\\\\\"]+@[^\\s@<>,;:()\\[\\]\\\\\"]+");
  private static final String HOST_CHARACTER = "[a-zA-Z0-9\\p{S}\\p{L}]";
  private static final Pattern HOSTNAME =
      Pattern.compile(
          "(%1$s((-?%1$s{0,62})?)|(%1$s(([-a-zA-Z0-9\\p{S}\\p{L}]{0,61}%1$s)?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})"
              .formatted(HOST_CHARACTER));
  private static final Pattern HEX_COLOR = Pattern.compile("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})");

  private Formats() {}

  /// Whether a text has the form.
  static boolean matches(String format, String text) {
    return switch (format) {
      case "date" -> parses(() -> LocalDate.parse(text));
      case "date-time", "datetime" -> dateTime(text);
      case "duration" ->
          GO_DURATION.matcher(text).matches() || WORDY_DURATION.matcher(text).matches();
      case "uuid", "uuid3", "uuid4", "uuid5" -> uuid(format, text.toLowerCase(Locale.ROOT));
      case "byte" -> parses(() -> Base64.getDecoder().decode(text));
      case "ipv4" -> isIpv4(text);
      case "ipv6" -> isIpv6(text);
      case "cidr" -> isCidr(text);
      case "mac" -> MAC.matcher(text).matches();
      case "uri" -> isUri(text);
      case "email" -> EMAIL.matcher(text).matches();
      case "hostname" -> HOSTNAME.matcher(text).matches() && text.length() <= 255;
      case "hexcolor" -> HEX_COLOR.matcher(text).matches();
      default -> true;
    };
  }

  private static boolean dateTime(String text) {
    return DATE_TIME.matcher(text).matches()
        && parses(() -> OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)));
  }

  private static boolean uuid(String format, String text) {
    var matcher = UUID.matcher(text);
    var version = format.substring(4);
    return matcher.matches()
        && (version.isEmpty()
            || (matcher.group(1).equals(version)
                && (version.equals("3") || "89ab".contains(matcher.group(2)))));
  }

  static boolean isIpv4(String text) {
    return IPV4.matcher(text).matches();
  }

  static boolean isIpv6(String text) {
    if (!text.contains(":")) {
      return false;
    }
    var halves = text.split("::", -1);
    if (halves.length > 2) {
      return false;
    }
    var groups = 0;
    for (var half : halves) {
      if (half.isEmpty()) {
        continue;
      }
      var parts = half.split(":", -1);
      for (var i = 0; i < parts.length; i++) {
        var last = i == parts.length - 1;
        if (last && parts[i].contains(".") && isIpv4(parts[i])) {
          groups++;
        } else if (!parts[i].matches("[0-9a-fA-F]{1,4}")) {
          return false;
        }
        groups++;
      }
    }
    return halves.length == 2 ? groups < 8 : groups == 8;
  }

  static boolean isCidr(String text) {
    var slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}")) {
      return false;
    }
    var address = text.substring(0, slash);
    var bits = Integer.parseInt(text.substring(slash + 1));
    return (isIpv4(address) && bits <= 32) || (isIpv6(address) && bits <= 128);
  }

  private static boolean isUri(String text) {
    try {
      var uri = new URI(text);
      return text.startsWith("/") || uri.isAbsolute();
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static boolean parses(Runnable parse) {
    try {
      parse.run();
      return true;
    } catch (DateTimeException | IllegalArgumentException e) {
      return false;
    }
  }
}
