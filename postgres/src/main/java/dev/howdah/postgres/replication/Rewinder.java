// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.replication;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.command.PostgresPrograms;
import dev.howdah.postgres.command.PostgresPrograms.Rewind;
import dev.howdah.postgres.command.ProgramFailedException;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DivergentWal;
import dev.howdah.postgres.data.DurableFiles;
import dev.howdah.postgres.data.PostmasterPid;
import dev.howdah.postgres.data.WalDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Brings an old primary's stopped data directory onto the history of the new one.
///
/// In this order: the WAL that will be lost is copied aside; a marker makes a half rewound
/// directory unusable; `pg_rewind` runs; `standby.signal` is written last. The caller holds the
/// directory's lock.
///
/// A rewind that ended half way isn't taken up again, from no source. `pg_rewind` has replaced or
/// removed WAL by then that says which pages to copy. And it has copied ends of files as that
/// source had them: the next attempt would take them for its own, since nothing in the old WAL
/// changed them. A source that doesn't have all of that one's log, as one that was elected when it
/// was lost, would never correct such pages: recovery passes over a page that is newer than its
/// log.
public final class Rewinder {
  private static final int ATTEMPTS = 3;

  /// The most that there is.
  private static final String KEEP_ALL = "wal_keep_size = '2147483647MB'\n";

  /// What `pg_rewind` says when the source does not answer.
  private static final List<String> PASSING =
      List.of(
          "could not connect",
          "connection to server",
          "server closed the connection",
          "terminating connection",
          "the database system is");

  private final PostgresPrograms programs;
  private final DataDirectory directory;
  private final Consumer<String> log;

  public Rewinder(PostgresPrograms programs, DataDirectory directory, Consumer<String> log) {
    this.programs = programs;
    this.directory = directory;
    this.log = log;
  }

  /// What came of a rewind.
  public sealed interface Outcome {
    /// The directory can follow. Its WAL that was no part of the upstream's history is kept in
    /// these files.
    record Rewound(List<Path> keptWal) implements Outcome {}

    /// Nothing was changed; the same may work later, when the source answers or the disk has room.
    record TryAgain(String reason) implements Outcome {}

    /// A new copy is needed: the directory cannot be rewound, or only half was. Its marker keeps it
    /// from being started.
    record Ruined(String reason) implements Outcome {}
  }

  /// The last point that the upstream's history and ours share; a position beyond all WAL if there
  /// is none.
  ///
  /// @param own the timeline that our WAL ends on
  public WalPosition divergence(TimelineHistory upstream, Timeline own) throws IOException {
    return directory
        .history(own)
        .flatMap(upstream::commonWith)
        .or(() -> upstream.endOf(own).map(end -> new WalPosition(own, end)))
        .orElse(new WalPosition(own, new Lsn(-1)));
  }

  /// Rewinds.
  ///
  /// @param divergence the last point that both histories share
  /// @param restoreWal whether WAL of the old history that is no longer here may come from the
  ///   archive
  public Outcome rewind(ConnInfo source, WalPosition divergence, boolean restoreWal, Instant now)
      throws IOException, InterruptedException {
    if (!PostmasterPid.removeStale(directory.path())) {
      return new Outcome.TryAgain("a server still runs on " + directory.path());
    }
    restoreControlFile();
    ControlData control;
    try {
      control = programs.controlData(directory.path());
    } catch (ProgramFailedException e) {
      return ruined("its control file cannot be read: " + e.getMessage());
    }
    List<Path> kept = keepDivergentWal(divergence, control.walSegmentBytes(), now);
    Path saved = savedControlFile();
    Files.copy(controlFile(), saved, StandardCopyOption.REPLACE_EXISTING);
    keepWal();
    for (int attempt = 1; ; attempt++) {
      directory.begin("pg_rewind, begun at " + now);
      Optional<Failure> failure = attempt(source, restoreWal);
      if (failure.isEmpty()) {
        break;
      }
      String reason = failure.get().reason();
      if (failure.get().changed() || !failure.get().passing() && attempt == ATTEMPTS) {
        return ruined(reason);
      }
      unchanged();
      if (failure.get().passing()) {
        return new Outcome.TryAgain(reason);
      }
      log.accept("pg_rewind failed without changing anything, trying again: " + reason);
      Thread.sleep(1000L << attempt);
    }
    Files.deleteIfExists(saved);
    directory.markStandby();
    directory.finish();
    return new Outcome.Rewound(kept);
  }

  /// Why an attempt failed.
  ///
  /// @param changed whether it had begun to write into the directory
  /// @param passing whether the cause is likely to go away
  private record Failure(String reason, boolean changed, boolean passing) {}

  private Optional<Failure> attempt(ConnInfo source, boolean restoreWal)
      throws IOException, InterruptedException {
    var changing = new AtomicBoolean();
    var observed =
        new PostgresPrograms(
            programs.installation(),
            programs.launch(),
            line -> {
              // From here on pg_rewind writes into the directory.
              if (line.contains("need to copy")) {
                changing.set(true);
              }
              log.accept(line);
            });
    try {
      observed.rewind(new Rewind(directory.path(), source.without("application_name"), restoreWal));
      return Optional.empty();
    } catch (ProgramFailedException e) {
      boolean passing =
          e.isOutOfSpace() || PASSING.stream().anyMatch(words -> e.output().contains(words));
      return Optional.of(new Failure(String.valueOf(e.getMessage()), changing.get(), passing));
    } catch (PostgresException e) {
      return Optional.of(new Failure(String.valueOf(e.getMessage()), false, false));
    } catch (InterruptedException e) {
      // Interrupted once more, we may not have read all that it said.
      if (!changing.get() && !Thread.currentThread().isInterrupted()) {
        unchanged();
      }
      throw e;
    }
  }

  /// `pg_rewind` ended before it wrote anything: the directory is what it was.
  private void unchanged() throws IOException {
    restoreControlFile();
    directory.finish();
  }

  private Outcome ruined(String reason) throws IOException {
    directory.begin("a rewind failed: " + reason);
    return new Outcome.Ruined(reason);
  }

  /// Beside the directory, where pg_rewind does not clear it away.
  private Path savedControlFile() {
    return directory.beside("pg_control");
  }

  private Path controlFile() {
    return directory.path().resolve("global/pg_control");
  }

  /// A rewind that was killed may have left the control file empty.
  private void restoreControlFile() throws IOException {
    Path saved = savedControlFile();
    if (!directory.hasControlFile() && Files.exists(saved) && Files.size(saved) > 0) {
      DurableFiles.write(
          controlFile(), Files.readAllBytes(saved), PosixFilePermissions.fromString("rw-------"));
    }
  }

  /// The server that `pg_rewind` starts where there was a crash ends its recovery with a
  /// checkpoint, after which it would remove or recycle the very WAL that `pg_rewind` reads next:
  /// that from the last checkpoint before the divergence on. The next start of a server writes this
  /// file anew.
  private void keepWal() throws IOException {
    Files.writeString(
        directory.path().resolve(ServerConfiguration.OVERRIDE_CONF),
        KEEP_ALL,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /// Copies the segments from the divergence on: committed transactions that the new primary never
  /// saw may be in them, and nowhere else.
  private List<Path> keepDivergentWal(WalPosition divergence, long segmentBytes, Instant now)
      throws IOException {
    WalDirectory wal = WalDirectory.of(directory);
    var divergent = new DivergentWal(directory);
    // where the copy was begun by an attempt before this one, else in a folder of its own
    String of = divergence.toString().replace('/', '_');
    Path copy = divergent.begun(of).orElse(divergent.folder(of, now));
    var kept = new ArrayList<Path>();
    for (WalSegment segment : wal.segments(segmentBytes)) {
      boolean later = segment.end().compareTo(divergence.lsn()) > 0;
      boolean ours = segment.timeline().compareTo(divergence.timeline()) >= 0;
      Path file = wal.path().resolve(segment.name());
      if (later && ours && !isBlank(file, segment.start())) {
        Files.createDirectories(
            copy,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path target = copy.resolve(segment.name());
        if (!Files.exists(target) || Files.size(target) != Files.size(file)) {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
        kept.add(target);
      }
    }
    if (!kept.isEmpty()) {
      divergent.forgetOldest();
    }
    return kept;
  }

  /// Whether a segment was made in advance and never written: its first page names no position, or
  /// that of an earlier segment which it recycles (PostgreSQL's `XLogPageHeaderData`: magic 2, info
  /// 2, timeline 4, position 8 bytes).
  private static boolean isBlank(Path file, Lsn start) throws IOException {
    byte[] header = new byte[16];
    try (var in = Files.newInputStream(file)) {
      if (in.readNBytes(header, 0, header.length) < header.length) {
        return true;
      }
    }
    long position =
        java.nio.ByteBuffer.wrap(header).order(java.nio.ByteOrder.nativeOrder()).getLong(8);
    return position != start.value();
  }
}
