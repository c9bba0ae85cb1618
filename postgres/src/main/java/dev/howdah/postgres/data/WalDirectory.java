// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.postgres.PostgresException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The `pg_wal` of a data directory, which may be a link to a volume of its own.
public record WalDirectory(Path path) {
  /// The `.history` file of a timeline that a promotion passed over.
  public static final String NOBODYS = "# nobody wrote on this timeline\n";

  public static WalDirectory of(DataDirectory directory) {
    return new WalDirectory(directory.path().resolve("pg_wal"));
  }

  private Path status() {
    return path.resolve("archive_status");
  }

  /// The files that PostgreSQL wants archived, in the order in which it would: histories first,
  /// then segments by position.
  public List<String> readyToArchive() throws IOException {
    if (!Files.isDirectory(status())) {
      return List.of();
    }
    try (var entries = Files.list(status())) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.endsWith(".ready"))
          .map(name -> name.substring(0, name.length() - ".ready".length()))
          .sorted(
              Comparator.comparing((String name) -> !name.endsWith(".history"))
                  .thenComparing(name -> name.length() > 8 ? name.substring(8) : name)
                  .thenComparing(Comparator.naturalOrder()))
          .toList();
    }
  }

  /// Tells PostgreSQL that a file is in the archive.
  public void markArchived(String name) throws IOException {
    DurableFiles.move(status().resolve(name + ".ready"), status().resolve(name + ".done"));
  }

  /// Tells PostgreSQL that a file has to be archived.
  public void markReady(String name) throws IOException {
    Files.createDirectories(
        status(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    DurableFiles.write(status().resolve(name + ".ready"), "");
  }

  /// Has the segment that the log of a stopped server ends in archived as it is, as PostgreSQL does
  /// with the last one of a timeline. It is a copy: the segment itself may be written on.
  public void offerPartial(String segment) throws IOException {
    String name = segment + ".partial";
    if (!Files.exists(status().resolve(name + ".done"))) {
      DurableFiles.copy(path.resolve(segment), path.resolve(name));
      markReady(name);
    }
  }

  /// The complete segments that are here, by position.
  public List<WalSegment> segments(long segmentBytes) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (var entries = Files.list(path)) {
      return entries
          .map(entry -> WalSegment.parse(entry.getFileName().toString(), segmentBytes))
          .flatMap(Optional::stream)
          .sorted()
          .toList();
    }
  }

  /// The newest timeline that a segment is named after; a promotion that was begun may have made
  /// it.
  public Timeline newestTimeline(long segmentBytes) throws IOException {
    return segments(segmentBytes).stream()
        .map(WalSegment::timeline)
        .max(Comparator.naturalOrder())
        .orElse(Timeline.NONE);
  }

  /// The newest timeline of the segments in which this position is the end of what was written;
  /// none that began later, the first segment of which has the end of the one before in it; and
  /// none without a history, the first segment of which is all that a promotion left.
  public Timeline timelineBefore(Lsn end, long segmentBytes) throws IOException {
    Timeline newest = Timeline.NONE;
    for (WalSegment segment : segments(segmentBytes)) {
      if (segment.start().compareTo(end) < 0
          && segment.end().compareTo(end) >= 0
          && segment.timeline().compareTo(newest) > 0
          && isBegun(segment.timeline(), end)) {
        newest = segment.timeline();
      }
    }
    return newest;
  }

  private boolean isBegun(Timeline timeline, Lsn position) throws IOException {
    if (timeline.id() == 1) {
      return true;
    }
    String text = historyText(timeline).orElse(NOBODYS);
    var branches = TimelineHistory.parse(timeline, text).branches();
    return !branches.isEmpty() && branches.getLast().end().compareTo(position) <= 0;
  }

  /// The newest timeline whose history file is here.
  public Optional<Timeline> newestHistory() throws IOException {
    try (var entries = Files.list(path)) {
      return entries
          .map(entry -> TimelineHistory.ofFileName(entry.getFileName().toString()))
          .flatMap(Optional::stream)
          .max(Comparator.naturalOrder());
    }
  }

  /// Makes the next promotion take exactly this timeline, by taking all numbers between the current
  /// one and it.
  ///
  /// PostgreSQL takes the first number whose history file it does not find. The files that we put
  /// there are no histories of ours: a standby that reads one sees that it is not on that timeline
  /// and goes on. They are to be archived, or a later recovery to the latest timeline would stop
  /// looking at the gap.
  ///
  /// @param current the timeline that the server is on
  /// @return the numbers taken
  public List<Timeline> reserveTimelines(Timeline current, Timeline wanted) throws IOException {
    var taken = new ArrayList<Timeline>();
    for (Timeline t = current.next(); t.compareTo(wanted) < 0; t = t.next()) {
      Path file = path.resolve(TimelineHistory.fileName(t));
      if (!Files.exists(file)) {
        DurableFiles.write(file, NOBODYS);
        markReady(file.getFileName().toString());
        taken.add(t);
      }
    }
    if (Files.exists(path.resolve(TimelineHistory.fileName(wanted)))) {
      throw new PostgresException(
          "timeline " + wanted + " was begun before: " + path + " has its history");
    }
    return taken;
  }

  /// Gives back the last numbers that [#reserveTimelines] took, for a promotion that did not get to
  /// its own. A server that is started as a standby would take one of them for the newest timeline,
  /// and refuse to start, as its log isn't on that.
  ///
  /// @param current the timeline that recovery begins on
  public void forgetReserved(Timeline current) throws IOException {
    Timeline newest = current;
    while (historyText(newest.next()).isPresent()) {
      newest = newest.next();
    }
    for (int t = newest.id(); t > current.id(); t--) {
      var timeline = new Timeline(t);
      if (!historyText(timeline).equals(Optional.of(NOBODYS))) {
        return;
      }
      forgetHistory(timeline);
    }
  }

  /// Removes the histories of timelines that left this one's way, so that recovery doesn't go for
  /// one of them. `pg_rewind` does that, but not where nothing was written after the fork.
  ///
  /// @param common the last timeline that the log here shares with this history
  public void forgetBranches(TimelineHistory history, Timeline common) throws IOException {
    Timeline last = newestHistory().orElse(Timeline.NONE);
    for (int t = last.id(); t > common.id(); t--) {
      var timeline = new Timeline(t);
      boolean onTheWay = timeline.equals(history.timeline()) || history.endOf(timeline).isPresent();
      if (!onTheWay && !historyText(timeline).equals(Optional.of(NOBODYS))) {
        forgetHistory(timeline);
      }
    }
  }

  private void forgetHistory(Timeline timeline) throws IOException {
    String name = TimelineHistory.fileName(timeline);
    DurableFiles.delete(path.resolve(name));
    Files.deleteIfExists(status().resolve(name + ".ready"));
    Files.deleteIfExists(status().resolve(name + ".done"));
  }

  /// Moves the segments that hold WAL past the point where the history left their timeline into a
  /// folder beside `pg_wal`, so that recovery cannot run into them.
  ///
  /// @return the segments that were moved
  public List<WalSegment> setAsideDivergent(TimelineHistory history, long segmentBytes, Path keptIn)
      throws IOException {
    var moved = new ArrayList<WalSegment>();
    for (WalSegment segment : segments(segmentBytes)) {
      if (segment.timeline().equals(history.timeline())) {
        continue;
      }
      Lsn end = history.endOf(segment.timeline()).orElse(Lsn.ZERO);
      if (segment.end().compareTo(end) > 0) {
        Files.createDirectories(
            keptIn,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path target = keptIn.resolve(segment.name());
        if (Files.exists(target)) {
          Files.delete(path.resolve(segment.name()));
        } else {
          Files.move(path.resolve(segment.name()), target);
        }
        Files.deleteIfExists(status().resolve(segment.name() + ".ready"));
        Files.deleteIfExists(status().resolve(segment.name() + ".done"));
        moved.add(segment);
      }
    }
    DurableFiles.syncFolder(path);
    return moved;
  }

  /// Moves `pg_wal` out of the data directory to a volume of its own and leaves a link. Call it
  /// while no server runs; after a crash in the middle call it again.
  ///
  /// @param target the folder on the volume, such as `/var/lib/postgresql/wal/pg_wal`
  /// @return whether anything had to be done
  public boolean moveTo(Path target) throws IOException {
    Path copied = path.resolveSibling("pg_wal.moved");
    if (Files.isSymbolicLink(path)) {
      return relink(target, copied);
    }
    if (Files.isDirectory(path)) {
      copyInto(target);
      DurableFiles.move(path, copied);
    } else if (!Files.isDirectory(copied)) {
      throw new PostgresException(path + " is missing; the data directory is not complete");
    }
    Files.createSymbolicLink(path, target);
    DurableFiles.syncFolderOf(path);
    DurableFiles.deleteTree(copied);
    return true;
  }

  /// A link made under another root (a moved folder) is made anew, when the volume really holds the
  /// WAL.
  private boolean relink(Path target, Path copied) throws IOException {
    Path linked = path.resolveSibling(Files.readSymbolicLink(path)).normalize();
    boolean right = linked.equals(target);
    if (!right && (Files.exists(linked) || !Files.isDirectory(target))) {
      throw new PostgresException(
          path + " is a link to " + linked + " and not to the WAL volume, " + target);
    }
    if (!right) {
      Files.delete(path);
      Files.createSymbolicLink(path, target);
      DurableFiles.syncFolderOf(path);
    }
    DurableFiles.deleteTree(copied);
    return !right;
  }

  private void copyInto(Path target) throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(target, mode);
    try (var files = Files.walk(path)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path to = target.resolve(path.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to, mode);
        } else if (!Files.exists(to)
            || Files.size(to) != Files.size(file)
            || Files.mismatch(to, file) >= 0) {
          DurableFiles.copy(file, to);
        }
      }
    }
    removeOthers(target);
    DurableFiles.syncFolder(target);
  }

  /// What an earlier life of the volume left there is not this server's WAL.
  private void removeOthers(Path target) throws IOException {
    try (var files = Files.walk(target)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        boolean ours = Files.exists(path.resolve(target.relativize(file).toString()));
        if (!ours && !Files.isDirectory(file)) {
          Files.delete(file);
        }
      }
    }
  }

  /// Whether the WAL is within the data directory, and not on a volume of its own.
  public boolean isInside() {
    return !Files.isSymbolicLink(path);
  }

  /// Whether the file system has room for two more segments, without which a server should not
  /// start: it would stop again in the middle of its recovery.
  public boolean hasRoom(long segmentBytes) throws IOException {
    return Files.getFileStore(path).getUsableSpace() >= 2 * segmentBytes;
  }

  /// A history file as text; empty if it is not here.
  public Optional<String> historyText(Timeline timeline) throws IOException {
    Path file = path.resolve(TimelineHistory.fileName(timeline));
    return Files.exists(file)
        ? Optional.of(Files.readString(file, StandardCharsets.UTF_8))
        : Optional.empty();
  }
}
