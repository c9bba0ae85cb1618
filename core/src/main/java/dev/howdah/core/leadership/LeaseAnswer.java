// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

/// What a GET of the Lease without `resourceVersion` (a quorum read) brought.
public sealed interface LeaseAnswer {
  /// @param version the object's `resourceVersion`, compared only for equality
  record Found(LeaseRecord record, String version) implements LeaseAnswer {}

  record Absent() implements LeaseAnswer {}

  /// No answer in time, or one that says nothing (401, 403, 429, 5xx).
  record Failed(String reason) implements LeaseAnswer {}
}
