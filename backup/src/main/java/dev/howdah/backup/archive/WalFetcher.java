// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import dev.howdah.backup.WorkerFailure;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.objectstore.StoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Fetches the WAL file that PostgreSQL asks for, and ahead of it the segments that follow, into a
/// spool beside `pg_wal`; during recovery PostgreSQL asks for one at a time.
///
/// A segment that the archive didn't have a moment ago is answered from memory for as long as
/// [#ABSENT_FOR]: at the end of recovery PostgreSQL asks for the same missing names several times.
public final class WalFetcher implements AutoCloseable {
  /// How long a "not there" found by reading ahead is believed.
  public static final Duration ABSENT_FOR = Duration.ofMillis(500);

  private final WalArchive archive;
  private final Path spool;
  private final long segmentBytes;
  private final int ahead;
  private final InstantSource clock;
  private final ExecutorService workers;
  private final Map<String, Future<Boolean>> coming = new HashMap<>();
  private final Map<String, Long> absent = new HashMap<>();

  /// @param spool a folder of this fetcher alone, on the file system of `pg_wal`; emptied now
  /// @param parallel how many files are fetched at once; 1 fetches nothing ahead
  public WalFetcher(
      WalArchive archive, Path spool, long segmentBytes, int parallel, InstantSource clock)
      throws IOException {
    this.archive = archive;
    this.spool = spool;
    this.segmentBytes = segmentBytes;
    this.ahead = parallel <= 1 ? 0 : parallel + 2;
    this.clock = clock;
    this.workers =
        Executors.newFixedThreadPool(
            Math.max(1, parallel), Thread.ofPlatform().daemon().name("wal-fetcher-", 0).factory());
    Files.createDirectories(spool);
    try (var left = Files.list(spool)) {
      for (var file : left.toList()) {
        Files.delete(file);
      }
    }
  }

  /// Puts a file at `target`, whole.
  ///
  /// @return false if the archive doesn't have it
  /// @throws StoreException if the store can't be reached, or what it has is damaged
  public boolean fetch(String name, Path target) throws IOException {
    var file = WalFile.named(name).orElse(null);
    if (file == null) {
      return false;
    }
    if (file.kind() != WalFile.Kind.SEGMENT) {
      return archive.fetch(file, target);
    }
    Future<Boolean> mine;
    synchronized (this) {
      if (isKnownAbsent(name)) {
        return false;
      }
      mine = coming.get(name);
      if (mine == null) {
        mine = submit(file);
      }
      readAhead(file);
    }
    boolean there = await(name, mine);
    if (!there) {
      return false;
    }
    Files.move(
        spool.resolve(name),
        target,
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    return true;
  }

  private boolean await(String name, Future<Boolean> mine) throws IOException {
    try {
      return mine.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    } catch (ExecutionException e) {
      throw WorkerFailure.of(e);
    } finally {
      if (mine.isDone()) { // else who asks again gets what is on its way
        synchronized (this) {
          coming.remove(name, mine);
        }
      }
    }
  }

  private boolean isKnownAbsent(String name) {
    var since = absent.get(name);
    if (since == null) {
      return false;
    }
    if (clock.millis() - since <= ABSENT_FOR.toMillis()) {
      return true;
    }
    absent.remove(name);
    return false;
  }

  private Future<Boolean> submit(WalFile file) {
    var task =
        workers.submit(() -> {
          boolean there = archive.fetch(file, spool.resolve(file.name()));
          if (!there) {
            synchronized (this) {
              absent.put(file.name(), clock.millis());
            }
          }
          return there;
        });
    coming.put(file.name(), task);
    return task;
  }

  private void readAhead(WalFile requested) {
    var segment = WalSegment.parse(requested.name(), segmentBytes).orElse(null);
    if (segment == null || ahead == 0) {
      return;
    }
    var wanted = new HashSet<String>();
    var next = segment;
    for (int i = 0; i < ahead; i++) {
      next = next.next();
      wanted.add(next.name());
      if (absent.containsKey(next.name())) {
        break; // nothing can follow what is not there
      }
      if (!coming.containsKey(next.name())) {
        submit(new WalFile(next.name(), WalFile.Kind.SEGMENT));
      }
    }
    dropOthers(requested.name(), wanted);
  }

  /// Recovery has moved on to another place or timeline: what was fetched for the old one is waste.
  private void dropOthers(String requested, Set<String> wanted) {
    coming
        .entrySet()
        .removeIf(e -> {
          boolean useless =
              e.getValue().isDone()
                  && !wanted.contains(e.getKey())
                  && !e.getKey().equals(requested);
          if (useless) {
            try {
              Files.deleteIfExists(spool.resolve(e.getKey()));
            } catch (IOException io) {
              throw new UncheckedIOException(io);
            }
          }
          return useless;
        });
    if (absent.size() > 64) {
      absent.clear();
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }
}
