// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import org.jspecify.annotations.Nullable;

/// What this instance last read or wrote.
///
/// @param record null before the first answer, and while the Lease is absent
/// @param version its `resourceVersion`; empty while there is no record
/// @param firstSeen when this version was first read
/// @param readAt when the call that brought the last answer was sent
/// @param restored the record is older than something this instance has seen: the control plane was
///   restored, and nothing in it can be trusted
record LeaseView(
    @Nullable LeaseRecord record, String version, long firstSeen, long readAt, boolean restored) {
  static final LeaseView UNKNOWN = new LeaseView(null, "", 0, Long.MIN_VALUE / 2, false);
}
