// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.WalDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Archives what a dead primary did not get to: a standby counts the segments that it received as
/// archived, and the histories, so PostgreSQL itself never hands them over after its promotion.
/// Without them the archive would have a hole just before each failover.
public final class GapFiller {
  private static final Logger LOG = LoggerFactory.getLogger(GapFiller.class);

  private final DataDirectory data;

  public GapFiller(DataDirectory data) {
    this.data = data;
  }

  /// The complete segments of earlier timelines that are here and belong to this server's history.
  static List<WalSegment> candidates(List<WalSegment> here, TimelineHistory history) {
    return here.stream().filter(history::hasWhole).toList();
  }

  /// The histories before this timeline's that are here. Recovery to the latest timeline looks from
  /// number to number, and stops at the first that has none.
  private static List<String> histories(WalDirectory wal, Timeline timeline) {
    var found = new ArrayList<String>();
    for (Timeline t = new Timeline(2); t.compareTo(timeline) < 0; t = t.next()) {
      String name = TimelineHistory.fileName(t);
      if (Files.exists(wal.path().resolve(name))) {
        found.add(name);
      }
    }
    return found;
  }

  /// A checkpoint may remove a segment meanwhile, or make it one that is written anew.
  ///
  /// @return false if it isn't here any more
  private static boolean put(WalArchive archive, WalFile file, Path here) throws IOException {
    boolean stored = archive.putIfStill(file, here);
    if (!stored) {
      LOG.atInfo().addKeyValue("file", file.name()).log("gone before it could be archived");
    }
    return stored;
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
    Set<String> ours = new LinkedHashSet<>(histories(wal, timeline)); // they come first
    candidates(wal.segments(segmentBytes), history.get())
        .forEach(segment -> ours.add(segment.name()));
    wal.readyToArchive().forEach(ours::remove);
    if (ours.isEmpty()) {
      return List.of();
    }
    // what is of before the archive's first timeline is of the Cluster that this one was restored
    // from
    var origin = new AtomicLong(Long.MAX_VALUE);
    archive.each((file, _) -> {
      ours.remove(file.name());
      if (file.kind() == WalFile.Kind.SEGMENT) {
        origin.accumulateAndGet(file.timeline(), Math::min);
      }
    });
    var filled = new ArrayList<String>();
    for (String name : ours) {
      WalFile file = WalFile.named(name).orElseThrow();
      boolean segment = file.kind() == WalFile.Kind.SEGMENT;
      if (segment ? file.timeline() >= origin.get() : file.timeline() > origin.get()) {
        if (put(archive, file, wal.path().resolve(name))) {
          filled.add(name);
        }
      }
    }
    if (!filled.isEmpty()) {
      LOG.atInfo().addKeyValue("files", filled).log("archived what the last primary had not");
    }
    return filled;
  }
}
