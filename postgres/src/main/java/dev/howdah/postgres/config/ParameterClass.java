// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

/// What it takes for a new value of a server parameter to count.
public enum ParameterClass {
  /// Howdah sets it; a user's value is refused.
  FIXED,
  /// Counts after the server was restarted.
  RESTART,
  /// Counts after a reload, in the server itself or in each of its sessions.
  RELOAD,
  /// PostgreSQL does not know it (in this major).
  UNKNOWN
}
