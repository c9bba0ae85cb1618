// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

/// What an instance is to be.
public enum ServerRole {
  PRIMARY,
  STANDBY,
  /// The instance of a replica cluster that follows the other cluster, and that its standbys
  /// follow.
  DESIGNATED_PRIMARY
}
