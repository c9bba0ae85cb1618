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
/// @param doubtful a write on this version got no answer: as long as the version is this one, that
///   write may still be done, whatever a read says
record LeaseView(
    @Nullable LeaseRecord record,
    String version,
    long firstSeen,
    long readAt,
    boolean restored,
    boolean doubtful) {
  static final LeaseView UNKNOWN = new LeaseView(null, "", 0, Long.MIN_VALUE / 2, false, false);

  static LeaseView written(LeaseRecord record, String version, long now, long sentAt) {
    return new LeaseView(record, version, now, sentAt, false, false);
  }

  LeaseView read(LeaseRecord found, String foundVersion, long now, long sentAt) {
    boolean same = foundVersion.equals(version);
    long seen = same && !restored ? firstSeen : now;
    return new LeaseView(found, foundVersion, seen, sentAt, false, same && doubtful);
  }

  LeaseView absent(long now, long sentAt) {
    return new LeaseView(record, "", now, sentAt, restored, false);
  }

  LeaseView unread(long sentAt) {
    return new LeaseView(record, version, firstSeen, sentAt, restored, doubtful);
  }

  LeaseView inDoubt() {
    return new LeaseView(record, version, firstSeen, readAt, restored, true);
  }

  /// The record found is from the past: what was known before is kept.
  LeaseView fromThePast(LeaseRecord found, String foundVersion, long now, long sentAt) {
    boolean same = restored && foundVersion.equals(version);
    return new LeaseView(
        record == null ? found : record,
        foundVersion,
        same ? firstSeen : now,
        sentAt,
        true,
        same && doubtful);
  }
}
