// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

/// What became of a conditional write of the Lease.
public sealed interface WriteOutcome {
  /// @param version the object's new `resourceVersion`
  record Written(String version) implements WriteOutcome {}

  /// 409: the Lease has another revision.
  record Conflict() implements WriteOutcome {}

  /// 404.
  record Absent() implements WriteOutcome {}

  /// Anything else: the write may have happened, may happen later, or never.
  record Failed(String reason) implements WriteOutcome {}
}
