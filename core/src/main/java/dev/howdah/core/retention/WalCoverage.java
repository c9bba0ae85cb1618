// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.retention;

import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// How far recovery from a backup reaches with the WAL that an archive holds: from the backup's
/// first segment along its timeline and those that came of it.
///
/// @param target the newest timeline that comes of the backup's
/// @param last the last segment before the first gap; empty if not even the first is there
/// @param segments how many there are without a gap
/// @param gaps runs of missing segments that have others behind them
public record WalCoverage(Timeline target, String last, long segments, List<Gap> gaps) {
  /// Missing segments, both inclusive.
  public record Gap(String from, String to, long segments) {}

  public WalCoverage {
    gaps = List.copyOf(gaps);
  }

  /// Whether recovery reaches at least the end of this segment's position.
  public boolean reaches(String segment, long segmentBytes) {
    var wanted = WalSegment.parse(segment, segmentBytes);
    var reached = WalSegment.parse(last, segmentBytes);
    return wanted.isPresent()
        && reached.isPresent()
        && reached.get().number() >= wanted.get().number();
  }

  /// The gaps that stay: of the others a server still has every segment, and will archive it.
  ///
  /// @param kept names of segments that are still in a `pg_wal`, as it was before the archive was
  ///   listed
  public List<Gap> gapsWithout(Collection<String> kept) {
    return gaps.stream()
        .filter(gap -> {
          long coming =
              kept.stream()
                  .filter(name -> name.length() == gap.from.length())
                  .filter(name -> name.compareTo(gap.from) >= 0 && name.compareTo(gap.to) <= 0)
                  .count();
          return coming < gap.segments;
        })
        .toList();
  }

  /// Looks along the way that recovery with `recovery_target_timeline = latest` goes.
  ///
  /// @param there all files of the archive; asked often for single names
  /// @param histories those that the archive holds
  /// @param beginWal the first segment that the backup needs
  public static WalCoverage of(
      Collection<String> there,
      Map<Timeline, TimelineHistory> histories,
      String beginWal,
      long segmentBytes) {
    var begin =
        WalSegment.parse(beginWal, segmentBytes)
            .orElseThrow(() -> new IllegalArgumentException("no WAL segment: " + beginWal));
    var path = path(histories, begin);
    long newest = newest(there, path, segmentBytes);
    var gaps = new ArrayList<Gap>();
    String last = "";
    long count = 0;
    WalSegment missing = null;
    for (long n = begin.number(); n <= newest; n++) {
      var segment = path.segment(n, segmentBytes);
      if (there.contains(segment.name())) {
        if (missing != null) {
          gaps.add(gap(missing, path.segment(n - 1, segmentBytes)));
          missing = null;
        }
        if (gaps.isEmpty()) {
          last = segment.name();
          count++;
        }
      } else if (missing == null) {
        missing = segment;
      }
    }
    return new WalCoverage(path.timeline(), last, count, gaps);
  }

  private static Gap gap(WalSegment from, WalSegment to) {
    return new Gap(from.name(), to.name(), to.number() - from.number() + 1);
  }

  /// The history of the newest timeline that left the backup's behind the backup's beginning.
  private static TimelineHistory path(Map<Timeline, TimelineHistory> histories, WalSegment begin) {
    var path = TimelineHistory.none(begin.timeline());
    for (var history : histories.values()) {
      boolean descends =
          history
              .endOf(begin.timeline())
              .filter(end -> end.compareTo(begin.start()) >= 0)
              .isPresent();
      if (descends && history.timeline().compareTo(path.timeline()) > 0) {
        path = history;
      }
    }
    return path;
  }

  private static long newest(Collection<String> there, TimelineHistory path, long segmentBytes) {
    long newest = -1;
    for (var name : there) {
      var segment = WalSegment.parse(name, segmentBytes).orElse(null);
      if (segment != null && path.segment(segment.number(), segmentBytes).equals(segment)) {
        newest = Math.max(newest, segment.number());
      }
    }
    return newest;
  }
}
