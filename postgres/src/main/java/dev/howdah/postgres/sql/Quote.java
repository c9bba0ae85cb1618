// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import java.util.List;
import java.util.stream.Collectors;

/// Names and texts inside SQL, for statements that take no parameters.
public final class Quote {
  private static final int MAX_IDENTIFIER_BYTES = 63;

  private Quote() {}

  /// A quoted identifier.
  ///
  /// @throws IllegalArgumentException if PostgreSQL could not hold it: empty, too long (it would be
  ///   cut off in silence), or with a NUL
  public static String identifier(String name) {
    int bytes = name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    if (name.isEmpty() || bytes > MAX_IDENTIFIER_BYTES || name.indexOf(0) >= 0) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is no name for PostgreSQL: it needs 1 to 63 bytes without NUL");
    }
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /// A qualified name.
  public static String identifiers(String... names) {
    return List.of(names).stream().map(Quote::identifier).collect(Collectors.joining("."));
  }

  /// A string literal, whatever `standard_conforming_strings` is.
  public static String literal(String text) {
    if (text.indexOf(0) >= 0) {
      throw new IllegalArgumentException("PostgreSQL's texts cannot hold a NUL");
    }
    String doubled = text.replace("'", "''");
    return text.indexOf('\\') < 0
        ? "'" + doubled + "'"
        : " E'" + doubled.replace("\\", "\\\\") + "'";
  }
}
