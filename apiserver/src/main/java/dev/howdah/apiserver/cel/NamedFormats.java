// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Kubernetes' named formats: `format.dns1123Label().validate(text)` is empty when the text fits.
final class NamedFormats {
  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

  /// All names, separated by spaces.
  static final String NAMES =
      "format.named validate format.dns1123Label format.dns1123Subdomain format.dns1035Label"
          + " format.dns1123LabelPrefix format.dns1123SubdomainPrefix format.dns1035LabelPrefix"
          + " format.qualifiedName format.labelValue format.uri format.uuid format.byte format.date"
          + " format.datetime";

  private record Format(String name, Pattern form, int most) {
    static Format of(String name, String form, int most) {
      return new Format(name, Pattern.compile(form), most);
    }

    Optional<Object> problems(String text) {
      return text.length() <= most && form.matcher(text).matches()
          ? Optional.empty()
          : Optional.of(List.of("must be a valid " + name));
    }
  }

  private static final List<Format> FORMATS =
      List.of(
          Format.of("dns1123Label", LABEL, 63),
          Format.of("dns1123Subdomain", LABEL + "(\\." + LABEL + ")*", 253),
          Format.of("dns1035Label", "[a-z]([-a-z0-9]*[a-z0-9])?", 63),
          Format.of("dns1123LabelPrefix", "[a-z0-9]([-a-z0-9]*[a-z0-9])?-?", 63),
          Format.of("dns1123SubdomainPrefix", LABEL + "(\\." + LABEL + ")*[.-]?", 253),
          Format.of("dns1035LabelPrefix", "[a-z]([-a-z0-9]*[a-z0-9])?-?", 63),
          Format.of(
              "qualifiedName",
              "(" + LABEL + "(\\." + LABEL + ")*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]",
              317),
          Format.of("labelValue", "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", 63),
          Format.of("uri", "([a-zA-Z][-+.a-zA-Z0-9]*:\\S+|/\\S*)", Integer.MAX_VALUE),
          Format.of(
              "uuid", "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", 36),
          Format.of(
              "byte",
              "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
              Integer.MAX_VALUE),
          Format.of("date", "\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])", 10),
          Format.of(
              "datetime",
              "\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([zZ]|[+-]\\d\\d:\\d\\d)",
              Integer.MAX_VALUE));

  private NamedFormats() {}

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    return switch (args.function()) {
      case "format.named" -> Optional.ofNullable(find(args.text(0)));
      case "validate" -> args.as(0, Format.class).problems(args.text(1));
      default -> find(args.function().substring("format.".length()));
    };
  }

  private static @Nullable Format find(String name) {
    for (var format : FORMATS) {
      if (format.name().equals(name)) {
        return format;
      }
    }
    return null;
  }
}
