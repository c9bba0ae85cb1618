// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.sql;

import java.io.IOException;

/// The server refused, or didn't answer.
///
/// It is an [IOException], as every use has to reckon with a server that goes away.
public final class SqlFailure extends IOException {
  private static final long serialVersionUID = 1;

  /// No connection, or a broken one; not one of PostgreSQL's own codes.
  public static final String UNREACHABLE = "08006";

  /// No answer in time.
  public static final String DEADLINE = "57014";

  private final String state;

  SqlFailure(String state, String message, Throwable cause) {
    super(message, cause);
    this.state = state;
  }

  SqlFailure(String state, String message) {
    super(message);
    this.state = state;
  }

  /// The SQLSTATE (PostgreSQL manual, Appendix A).
  public String state() {
    return state;
  }

  /// True when the server runs but takes no connections now: it starts, stops or recovers.
  public boolean isRejecting() {
    return state.equals("57P03");
  }
}
