// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.Map;
import java.util.regex.Pattern;

/// Names of fields that are no identifiers, as Kubernetes escapes them: `dash__dash__name`,
/// `__in__`.
final class Names {
  private static final Pattern ESCAPE =
      Pattern.compile("__(underscores|dot|dash|slash)__|^__([a-z]+)__$");
  private static final Map<String, String> CHARACTERS =
      Map.of("underscores", "__", "dot", ".", "dash", "-", "slash", "/");

  private Names() {}

  static String unescape(String name) {
    return ESCAPE
        .matcher(name)
        .replaceAll(found ->
            found.group(1) == null ? found.group(2) : CHARACTERS.getOrDefault(found.group(1), ""));
  }
}
