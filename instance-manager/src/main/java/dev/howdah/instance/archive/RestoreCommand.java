// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFetcher;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.objectstore.ObjectStore.ObjectInfo;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Answers `restore_command`. A standby never waits long for a store, and not at all once it is to
/// be promoted; a recovery never takes a fault or a hole for the end of the archive.
public final class RestoreCommand implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RestoreCommand.class);
  private static final Duration ABSENT_FOR = Duration.ofSeconds(1);
  private static final Duration AGAIN = Duration.ofSeconds(2);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
  private static final int LOOK_MILLIS = 20;

  private final DataDirectory data;
  private final Source source;
  private final ExecutorService fetches =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("wal-restore-", 0).factory());
  private final AtomicLong number = new AtomicLong();
  private final AtomicLong restored = new AtomicLong();
  private @Nullable WalFetcher fetcher;
  private Stores.@Nullable Opened fetchedFrom;
  private volatile String absent = "";
  private volatile String awaited = "";
  private volatile long absentSince;
  private volatile long restoredAt;

  /// Why the archive can't be read; empty if it can.
  private volatile String trouble = "";

  /// Of the timeline that a recovery goes to, as far as it has asked.
  private volatile @Nullable TimelineHistory target;

  /// Where WAL comes from just now.
  public interface Source {
    /// Whether a file may be given to the server, as far as can be said without asking the archive:
    /// never while it is being promoted, sealed, or made to follow somebody.
    boolean allows(WalFile file);

    /// The history that the server is to follow; empty where it finds that out by itself.
    default Optional<TimelineHistory> way() {
      return Optional.empty();
    }

    /// @return the store; empty if there is none
    Optional<Stores.Opened> store();

    long segmentBytes();

    /// How long the server may wait for a file; then a standby tries streaming.
    Duration patience();

    /// Whether recovery ends when a file is not there (a job), so that everything else than a
    /// certain "no" must stop it.
    boolean endsWithoutFile();

    /// Whether there is nothing but the archive to get WAL from, so that one that is away for a
    /// moment is waited for.
    default boolean waitsForStore() {
      return endsWithoutFile();
    }

    /// Whether the log is to end in this segment, so that its partial copy will do.
    default boolean mayEndIn(WalFile file) {
      return false;
    }

    /// It can't be got from the archive, and why; empty: it can again.
    default void troubled(String why) {}

    /// How long after its successor a segment may yet be stored: longer than a store's deadline for
    /// one.
    default Duration lateness() {
      return Duration.ofMinutes(3);
    }
  }

  /// What the server is told.
  public sealed interface Answer {
    record Restored() implements Answer {}

    record Absent() implements Answer {}

    /// For now there is none; a standby tries streaming.
    record Failed(String why) implements Answer {}

    /// Recovery must not go on.
    record Abort(String why) implements Answer {}

    /// As the stub understands it.
    default String line() {
      return switch (this) {
        case Restored _ -> "ok";
        case Absent _ -> "absent";
        case Failed(var why) -> "failed " + why;
        case Abort(var why) -> "abort " + why;
      };
    }
  }

  public RestoreCommand(DataDirectory data, Source source) {
    this.data = data;
    this.source = source;
  }

  /// Brings a file to where the server wants it.
  ///
  /// @param destination `%p`: relative to the data directory
  public Answer restore(String name, String destination) throws InterruptedException {
    Optional<WalFile> file = WalFile.named(name);
    Path target = data.path().resolve(destination).normalize();
    if (file.isEmpty() || !target.startsWith(data.path())) {
      return new Answer.Failed("\"%s\" to \"%s\" is no WAL file".formatted(name, destination));
    }
    if (!allows(file.get()) || isKnownAbsent(name)) {
      return new Answer.Absent();
    }
    try {
      Optional<Stores.Opened> store = source.store();
      if (store.isEmpty()) {
        return new Answer.Absent();
      }
      return fetch(store.get(), file.get(), target);
    } catch (StoreException e) {
      return failure(name, ArchiveCommand.advice(e));
    } catch (IOException | RuntimeException e) {
      return failure(name, String.valueOf(e.getMessage()));
    }
  }

  /// The file is put in its place by this thread alone, and only while it is still allowed.
  private Answer fetch(Stores.Opened store, WalFile file, Path target)
      throws IOException, InterruptedException {
    WalFetcher from = fetcher(store);
    Path arrived = spool().resolve("answer-" + number.incrementAndGet());
    Future<Boolean> coming = fetches.submit(() -> fetch(from, file.name(), arrived));
    try {
      Answer early = await(coming, file);
      if (early != null) {
        return early;
      }
      WalArchive archive = store.archive(source.segmentBytes());
      boolean there =
          coming.resultNow()
              || comesLate(archive, file, arrived)
              || comesPartly(archive, file, arrived);
      troubled("");
      if (!there) {
        absentSince = System.nanoTime();
        absent = file.name();
        awaited = file.kind() == WalFile.Kind.SEGMENT ? file.name() : awaited;
        return new Answer.Absent();
      }
      note(file, arrived);
      if (!allows(file)) {
        return new Answer.Absent();
      }
      Files.move(arrived, target, StandardCopyOption.ATOMIC_MOVE);
      restored.incrementAndGet();
      restoredAt = System.nanoTime();
      awaited = "";
      LOG.atInfo().addKeyValue("segment", file.name()).log("restored from the archive");
      return new Answer.Restored();
    } finally {
      fetches.submit(() -> {
        coming.cancel(true);
        return Files.deleteIfExists(arrived);
      });
    }
  }

  /// In a recovery a store that is away is waited for, and one whose certificate has become wrong
  /// since the recovery began.
  private boolean fetch(WalFetcher from, String name, Path arrived)
      throws IOException, InterruptedException {
    // One that has been away for so long is not waited for with each file.
    boolean patient = trouble.isEmpty() || source.endsWithoutFile();
    long end = System.nanoTime() + source.patience().toNanos();
    while (true) {
      try {
        return from.fetch(name, arrived);
      } catch (StoreException e) {
        boolean passes = e.isTransient() || e.kind() == StoreException.Kind.UNTRUSTED;
        boolean waits = source.waitsForStore() && patient && passes;
        if (!waits || System.nanoTime() > end) {
          throw e;
        }
        troubled(ArchiveCommand.advice(e));
        LOG.atWarn().addKeyValue("segment", name).setCause(e).log("the archive is away, waiting");
        Thread.sleep(AGAIN);
      }
    }
  }

  /// Null when the file has come, or is not there.
  private @Nullable Answer await(Future<Boolean> coming, WalFile file)
      throws InterruptedException, IOException {
    long end = System.nanoTime() + source.patience().toNanos();
    while (true) {
      try {
        coming.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        return null;
      } catch (TimeoutException e) {
        if (!allows(file)) {
          return new Answer.Absent();
        }
        if (System.nanoTime() > end) {
          return failure(file.name(), "the archive takes longer than " + source.patience());
        }
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case RuntimeException cause -> throw cause;
          case IOException cause -> throw cause;
          case null, default -> throw new IOException(e);
        }
      }
    }
  }

  private Answer failure(String name, String why) {
    LOG.atLevel(trouble.equals(why) ? Level.DEBUG : Level.WARN)
        .addKeyValue("segment", name)
        .addKeyValue("error", why)
        .log("WAL not restored");
    troubled(why);
    return source.endsWithoutFile() ? new Answer.Abort(why) : new Answer.Failed(why);
  }

  private void troubled(String why) {
    if (!trouble.equals(why)) {
      trouble = why;
      source.troubled(why);
    }
  }

  /// What the stopped primary of the cluster that is followed had of its last segment.
  private boolean comesPartly(WalArchive archive, WalFile file, Path arrived) throws IOException {
    if (!source.mayEndIn(file)) {
      return false;
    }
    var partial = new WalFile(file.name() + ".partial", WalFile.Kind.PARTIAL);
    return archive.fetch(partial, arrived) && Files.size(arrived) == source.segmentBytes();
  }

  /// PostgreSQL asks for the histories first, and goes to the newest of them.
  private void note(WalFile file, Path arrived) throws IOException {
    if (source.endsWithoutFile() && file.kind() == WalFile.Kind.TIMELINE_HISTORY) {
      var timeline = new Timeline((int) file.timeline());
      var history = TimelineHistory.parse(timeline, Files.readString(arrived));
      TimelineHistory known = target;
      target = known == null || known.timeline().compareTo(timeline) < 0 ? history : known;
    }
  }

  /// The end of the archive, or a hole in it? A recovery that ends at a hole would look complete.
  /// In a live archive a segment may come after its successors: several are sent at once.
  ///
  /// @return whether it has come meanwhile
  /// @throws IllegalStateException naming the hole
  private boolean comesLate(WalArchive archive, WalFile file, Path arrived)
      throws IOException, InterruptedException {
    long bytes = source.segmentBytes();
    WalSegment segment = WalSegment.parse(file.name(), bytes).orElse(null);
    if (segment == null || !source.endsWithoutFile()) {
      return false;
    }
    TimelineHistory known = target;
    TimelineHistory way =
        known != null && known.endOf(segment.timeline()).isPresent()
            ? known
            : TimelineHistory.none(segment.timeline());
    if (!way.segment(segment.number(), bytes).equals(segment)) {
      return false; // its successor was asked for before
    }
    long end = System.nanoTime() + source.lateness().toNanos();
    while (true) {
      var look = new Look();
      archive.each((f, object) -> look.at(f, object, segment, way));
      if (look.there) {
        return archive.fetch(file, arrived);
      }
      WalSegment later = look.later;
      if (later == null) {
        return false;
      }
      long age = System.currentTimeMillis() - look.laterSince;
      if (age > source.lateness().toMillis() || System.nanoTime() > end) {
        throw new IllegalStateException(
            ("%s is missing in the archive, but %s is there: WAL is lost between them. Choose a"
                    + " recoveryTarget before it, or a base backup that was taken after it")
                .formatted(segment, later));
      }
      Thread.sleep(LOOK_AGAIN);
    }
  }

  /// What one listing says of a missing segment.
  private static final class Look {
    private boolean there;
    private @Nullable WalSegment later;
    private long laterSince;

    void at(WalFile file, ObjectInfo object, WalSegment wanted, TimelineHistory way) {
      WalSegment found = WalSegment.parse(file.name(), wanted.segmentBytes()).orElse(null);
      if (found == null) {
        return;
      }
      there |= found.equals(wanted);
      WalSegment known = later;
      if (found.number() > wanted.number()
          && way.segment(found.number(), found.segmentBytes()).equals(found)
          && (known == null || found.compareTo(known) < 0)) {
        later = found;
        laterSince = object.modifiedEpochMillis();
      }
    }
  }

  private boolean isKnownAbsent(String name) {
    return absent.equals(name) && System.nanoTime() - absentSince < ABSENT_FOR.toNanos();
  }

  private boolean allows(WalFile file) {
    return source.allows(file) && !isBehindFork(file.name());
  }

  /// Whether the way left the segment's timeline in it or before. PostgreSQL asks for it as long as
  /// the archive lacks its successor, and would take what a lost primary alone had.
  private boolean isBehindFork(String name) {
    TimelineHistory given = source.way().orElse(null);
    TimelineHistory known = given == null ? target : given;
    return known != null
        && WalSegment.parse(name, source.segmentBytes())
            .filter(s -> known.endOf(s.timeline()).isPresent())
            .filter(s -> !known.segment(s.number(), s.segmentBytes()).equals(s))
            .isPresent();
  }

  private synchronized WalFetcher fetcher(Stores.Opened store) throws IOException {
    WalFetcher known = fetcher;
    if (known == null || fetchedFrom != store) {
      if (known != null) {
        known.close();
      }
      long segment = source.segmentBytes();
      known =
          new WalFetcher(
              store.archive(segment),
              spool(),
              segment,
              store.spec().parallel(),
              InstantSource.system());
      fetcher = known;
      fetchedFrom = store;
    }
    return known;
  }

  /// A folder on the file system of `pg_wal`, outside of the data directory.
  private Path spool() throws IOException {
    Path wal = data.path().resolve("pg_wal").toRealPath();
    Path real = data.path().toRealPath();
    Path beside = wal.startsWith(real) ? real : wal;
    return beside.resolveSibling("wal-restore-spool");
  }

  /// The segment that the archive hadn't when it was asked last; empty: none was asked for in vain.
  public String awaited() {
    return awaited;
  }

  /// Files given to the server since the start.
  public long restored() {
    return restored.get();
  }

  /// Whether the server was given a file lately.
  public boolean restoredWithin(Duration time) {
    return restored.get() > 0 && System.nanoTime() - restoredAt < time.toNanos();
  }

  @Override
  public synchronized void close() {
    fetches.shutdownNow();
    if (fetcher != null) {
      fetcher.close();
    }
  }
}
