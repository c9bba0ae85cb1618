// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import dev.howdah.postgres.sql.Quote;
import java.util.Map;
import java.util.TreeMap;

/// Options in parentheses, as `WITH (…)` and `SET (…)` take them.
final class Parameters {
  private Parameters() {}

  static String list(Map<String, String> parameters) {
    var parts = new java.util.ArrayList<String>();
    new TreeMap<>(parameters)
        .forEach((name, value) -> parts.add(Quote.identifier(name) + " = " + Quote.literal(value)));
    return String.join(", ", parts);
  }
}
