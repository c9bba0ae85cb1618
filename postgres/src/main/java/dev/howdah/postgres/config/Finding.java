// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

/// Something about a Cluster's configuration that its owner should know.
///
/// @param field where in the Cluster, as in `spec.postgresql.parameters.work_mem`
/// @param message what is wrong and what to do
public record Finding(Kind kind, String field, String message) {
  /// How bad it is.
  public enum Kind {
    /// The field's value was left out, since PostgreSQL would not start with it or Howdah has to
    /// decide it.
    REFUSED,
    /// Accepted, but committed data is less safe than it should be.
    DURABILITY_REDUCED,
    /// Accepted, but unwise.
    UNWISE
  }

  @Override
  public String toString() {
    return field + ": " + message;
  }
}
