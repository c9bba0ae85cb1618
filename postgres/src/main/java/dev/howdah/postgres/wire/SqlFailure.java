// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import dev.howdah.postgres.PostgresException;
import java.util.Map;

/// The server answered with an error.
public final class SqlFailure extends PostgresException {
  private final String sqlState;

  /// @param fields as the protocol sends them: `C` the SQLSTATE, `M` the message, `D` the detail,
  ///   `H` the hint
  SqlFailure(Map<Character, String> fields) {
    super(text(fields));
    this.sqlState = fields.getOrDefault('C', "");
  }

  private static String text(Map<Character, String> fields) {
    var text = new StringBuilder(fields.getOrDefault('M', "unknown error"));
    for (char more : new char[] {'D', 'H'}) {
      if (fields.containsKey(more)) {
        text.append("; ").append(fields.get(more));
      }
    }
    return text.append(" (SQLSTATE ").append(fields.getOrDefault('C', "?")).append(')').toString();
  }

  /// The five characters that name the error (PostgreSQL manual, appendix A), such as `42710`.
  public String sqlState() {
    return sqlState;
  }

  /// What should be made exists already.
  public boolean isDuplicate() {
    return sqlState.equals("42710") || sqlState.equals("42P04") || sqlState.equals("42P06");
  }

  /// What was named does not exist.
  public boolean isUndefined() {
    return sqlState.equals("42704") || sqlState.equals("3D000");
  }

  /// Somebody uses the object now.
  public boolean isInUse() {
    return sqlState.equals("55006");
  }
}
