// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres;

/// Something about a PostgreSQL installation, server or data directory that a person must know: the
/// message says what is wrong, where, and what to do.
public class PostgresException extends RuntimeException {
  public PostgresException(String message) {
    super(message);
  }

  public PostgresException(String message, Throwable cause) {
    super(message, cause);
  }
}
