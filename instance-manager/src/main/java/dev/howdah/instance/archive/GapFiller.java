// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.WalDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Archives what a dead primary did not get to: a standby counts the segments that it received as
/// archived, so PostgreSQL itself never hands them over after its promotion. Without them the
/// archive would have a hole just before each failover.
public final class GapFiller {
  private static final Logger LOG = LoggerFactory.getLogger(GapFiller.class);

  private final DataDirectory data;

  public GapFiller(DataDirectory data) {
    this.data = data;
  }

  /// The complete segments of earlier timelines that are here and belong to this server's history.
  static List<WalSegment> candidates(
      List<WalSegment> here, TimelineHistory history, long segmentBytes) {
    var found = new ArrayList<WalSegment>();
    for (WalSegment segment : here) {
      Optional<Lsn> end = history.endOf(segment.timeline());
      boolean whole = end.isPresent() && segment.end().compareTo(end.get()) <= 0;
      if (whole && !segment.timeline().equals(history.timeline())) {
        found.add(segment);
      }
    }
    return found;
  }

  /// Puts into the archive what is missing there of the timelines before this one.
  ///
  /// @return the names of the files that were missing
  public List<String> fill(WalArchive archive, Timeline timeline, long segmentBytes)
      throws IOException {
    Optional<TimelineHistory> history = data.history(timeline);
    if (history.isEmpty() || history.get().branches().isEmpty()) {
      return List.of();
    }
    WalDirectory wal = WalDirectory.of(data);
    List<WalSegment> ours = candidates(wal.segments(segmentBytes), history.get(), segmentBytes);
    if (ours.isEmpty()) {
      return List.of();
    }
    Set<String> there = new HashSet<>();
    Set<Long> timelines = new HashSet<>();
    for (WalFile file : archive.list()) {
      there.add(file.name());
      timelines.add(file.timeline());
    }
    Set<String> ready = new HashSet<>(wal.readyToArchive());
    var filled = new ArrayList<String>();
    for (WalSegment segment : ours) {
      boolean missing = !there.contains(segment.name()) && !ready.contains(segment.name());
      // a timeline without any file here is that of another Cluster, which this one was restored
      // from
      if (missing && timelines.contains((long) segment.timeline().id())) {
        Path file = wal.path().resolve(segment.name());
        archive.put(WalFile.named(segment.name()).orElseThrow(), file);
        filled.add(segment.name());
      }
    }
    if (!filled.isEmpty()) {
      LOG.atInfo().addKeyValue("segments", filled).log("archived what the last primary had not");
    }
    return filled;
  }
}
