// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// WAL that a primary had not archived when it stopped being one. It belongs to the history that
/// goes on elsewhere, so a recovery needs it, and perhaps nobody else has it any more. A standby
/// archives nothing and recycles it, `pg_rewind` and a new copy delete it: so it is kept beside the
/// data directory until it is in the archive.
///
/// What was written after the new primary's history left this one's isn't among it: in an archive,
/// a recovery to the newest timeline could take it for the end of that timeline's first segment.
///
/// @param scarcity says when the room on the volume counts for more
public record UnarchivedWal(DataDirectory data, Scarcity scarcity) {
  /// One keeps it when the server has stopped, and another one forgets what it has archived.
  private static final ReentrantLock CHANGING = new ReentrantLock();

  /// Whether there is little room left.
  @FunctionalInterface
  public interface Scarcity {
    boolean isIn(Path folder) throws IOException;
  }

  public UnarchivedWal(DataDirectory data) {
    this(data, folder -> VolumeRoom.of(folder).isScarce());
  }

  /// What became of it.
  ///
  /// @param lost for lack of room
  public record Outcome(List<String> kept, List<String> lost) {}

  private Path folder() {
    return data.beside("unarchived");
  }

  /// Keeps what there is, of the stopped server. A second call does no harm.
  ///
  /// @param upstream the history that goes on
  /// @param needed from here on the data directory may need its WAL
  public Outcome keep(TimelineHistory upstream, long segmentBytes, Lsn needed) throws IOException {
    CHANGING.lock();
    try {
      return keepAll(upstream, segmentBytes, needed);
    } finally {
      CHANGING.unlock();
    }
  }

  private Outcome keepAll(TimelineHistory upstream, long segmentBytes, Lsn needed)
      throws IOException {
    WalDirectory wal = WalDirectory.of(data);
    var kept = new ArrayList<String>();
    var lost = new ArrayList<String>();
    for (String name : wal.readyToArchive()) {
      Optional<WalSegment> segment =
          WalSegment.parse(name, segmentBytes).filter(upstream::hasWhole);
      Path file = wal.path().resolve(name);
      if (segment.isEmpty() || !Files.exists(file)) {
        continue;
      }
      Files.createDirectories(
          folder(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      boolean move = segment.get().end().compareTo(needed) <= 0;
      if (keep(file, move)) {
        wal.markArchived(name);
        kept.add(name);
      } else {
        lost.add(name);
      }
    }
    return new Outcome(kept, lost);
  }

  private boolean keep(Path file, boolean move) throws IOException {
    Path target = folder().resolve(file.getFileName());
    if (move) {
      try {
        DurableFiles.move(file, target);
        return true;
      } catch (AtomicMoveNotSupportedException e) {
        // the WAL has a volume of its own
      }
    }
    if (isScarce()) {
      return false;
    }
    DurableFiles.copy(file, target);
    return true;
  }

  /// Whether there is little room left on the volume.
  public boolean isScarce() throws IOException {
    return scarcity.isIn(data.path());
  }

  /// What waits, in order.
  public List<Path> files() throws IOException {
    if (!Files.isDirectory(folder())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder())) {
      return files
          .filter(file -> WalSegment.isName(String.valueOf(file.getFileName())))
          .sorted()
          .toList();
    }
  }

  /// These are not wanted any more, nor what a crash left. What was kept since they were listed
  /// stays.
  public void forget(List<Path> files) throws IOException {
    CHANGING.lock();
    try {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      if (files().isEmpty()) {
        DurableFiles.deleteTree(folder());
      }
    } finally {
      CHANGING.unlock();
    }
  }
}
