// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Kubernetes' named formats: `format.dns1123Label().validate(text)` is empty when the text fits.
final class NamedFormats {
  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

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

  static void addTo(Map<String, Functions.Function> all) {
    for (var format : FORMATS) {
      all.put("format." + format.name(), _ -> format);
    }
    all.put("format.named", args -> named(args.text(0)));
    all.put("validate", args -> args.as(0, Format.class).problems(args.text(1)));
  }

  private static Object named(String name) {
    return FORMATS.stream().filter(each -> each.name().equals(name)).findFirst();
  }
}
