// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import dev.howdah.postgres.PostgresException;

/// A server cannot be reached, or the connection broke or timed out; what was asked may have
/// happened all the same.
public final class ConnectionFailure extends PostgresException {
  ConnectionFailure(String message, Throwable cause) {
    super(message, cause);
  }

  ConnectionFailure(String message) {
    super(message);
  }
}
