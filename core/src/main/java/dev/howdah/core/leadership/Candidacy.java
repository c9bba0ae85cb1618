// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Member;
import dev.howdah.core.wal.WalPosition;
import java.util.List;

/// An attempt to be elected.
///
/// @param version the Lease's revision that is free, read for this attempt
/// @param answers of the others
record Candidacy(
    String version, LeaseRecord lease, long startedAt, long round, List<Answer> answers) {
  /// @param position ignored unless granted
  record Answer(Member voter, boolean granted, WalPosition position) {}
}
