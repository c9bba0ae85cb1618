// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

/// How far a data directory's history reaches: the timeline of its last flushed record, and that
/// record's end. Ordered by timeline first: a longer log on an older timeline is behind, because
/// what it has more was never part of the history that went on.
public record WalPosition(Timeline timeline, Lsn lsn) implements Comparable<WalPosition> {
  public static final WalPosition NONE = new WalPosition(Timeline.NONE, Lsn.ZERO);

  public static WalPosition of(int timeline, long lsn) {
    return new WalPosition(new Timeline(timeline), new Lsn(lsn));
  }

  /// Reads what [#toString()] writes, as in `3@0/5000028`.
  public static WalPosition parse(String text) {
    int at = text.indexOf('@');
    if (at < 1) {
      throw new IllegalArgumentException(
          "not a WAL position: \"" + text + "\"; write it as 3@0/5000028");
    }
    return new WalPosition(
        new Timeline(Integer.parseInt(text.substring(0, at))), Lsn.parse(text.substring(at + 1)));
  }

  public boolean isAtLeast(WalPosition other) {
    return compareTo(other) >= 0;
  }

  @Override
  public int compareTo(WalPosition other) {
    int byTimeline = timeline.compareTo(other.timeline);
    return byTimeline != 0 ? byTimeline : lsn.compareTo(other.lsn);
  }

  @Override
  public String toString() {
    return timeline + "@" + lsn;
  }
}
