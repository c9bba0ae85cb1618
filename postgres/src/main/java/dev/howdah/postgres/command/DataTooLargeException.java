// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;

/// A copy was given up as there is no room for it.
public final class DataTooLargeException extends PostgresException {
  private final long bytes;

  DataTooLargeException(long bytes) {
    super("there is no room for a copy of %d bytes".formatted(bytes));
    this.bytes = bytes;
  }

  /// What its source says of its size, WAL apart.
  public long bytes() {
    return bytes;
  }
}
