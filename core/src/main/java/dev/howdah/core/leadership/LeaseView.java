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
/// @param doubt whether a write on this version got no answer: as long as the version is this one,
///   that write may still be done, whatever a read says
record LeaseView(
    @Nullable LeaseRecord record,
    String version,
    long firstSeen,
    long readAt,
    boolean restored,
    Doubt doubt) {
  /// What a write without an answer may have changed.
  enum Doubt {
    NONE,
    /// Everything but the voters.
    SAME_VOTERS,
    VOTERS
  }

  static final LeaseView UNKNOWN =
      new LeaseView(null, "", 0, Long.MIN_VALUE / 2, false, Doubt.NONE);

  static LeaseView written(LeaseRecord record, String version, long now, long sentAt) {
    return new LeaseView(record, version, now, sentAt, false, Doubt.NONE);
  }

  LeaseView read(LeaseRecord found, String foundVersion, long now, long sentAt) {
    boolean same = foundVersion.equals(version);
    long seen = same && !restored ? firstSeen : now;
    return new LeaseView(found, foundVersion, seen, sentAt, false, same ? doubt : Doubt.NONE);
  }

  LeaseView absent(long now, long sentAt) {
    return new LeaseView(record, "", now, sentAt, restored, Doubt.NONE);
  }

  LeaseView unread(long sentAt) {
    return new LeaseView(record, version, firstSeen, sentAt, restored, doubt);
  }

  LeaseView inDoubt(LeaseRecord unanswered) {
    boolean other = record == null || !unanswered.quorum().equals(record.quorum());
    Doubt now = other || doubt == Doubt.VOTERS ? Doubt.VOTERS : Doubt.SAME_VOTERS;
    return new LeaseView(record, version, firstSeen, readAt, restored, now);
  }

  /// Whether the Lease may name other voters than was read.
  ///
  /// @param write without an answer yet; null: none
  boolean votersInDoubt(@Nullable Write write) {
    boolean underWay =
        write != null && record != null && !write.record().quorum().equals(record.quorum());
    return underWay || doubt == Doubt.VOTERS;
  }

  boolean doubtful() {
    return doubt != Doubt.NONE;
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
        same ? doubt : Doubt.NONE);
  }
}
