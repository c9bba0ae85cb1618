// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import dev.howdah.backup.WorkerFailure;
import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.StoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Archives the file that PostgreSQL asks for, and meanwhile those that it will ask for next: it
/// asks for one at a time and waits, so reading ahead in `archive_status` is what makes more than
/// one processor and more than one connection busy.
///
/// Success is said of a file only after the store has acknowledged that very file. What was sent
/// ahead and failed is tried again when PostgreSQL asks for it.
///
/// PostgreSQL asks again for a file whose success it didn't hear of, also when this process or the
/// compression is another one by then. So of what waits when a compression is first used here is
/// looked whether it is stored under another one; what comes later was never stored.
public final class WalArchiver implements AutoCloseable {
  private static final String READY = ".ready";
  private final Supplier<WalArchive> archive;
  private final Path walDirectory;
  private final int ahead;
  private final ExecutorService workers;
  private final Map<String, Future<?>> sent = new HashMap<>();
  private @Nullable Compression used;
  private final Set<String> perhapsStored = new HashSet<>();

  /// @param archive asked for each file, so that changed settings take effect with the next
  /// @param walDirectory `pg_wal`
  /// @param parallel how many files are sent at once
  public WalArchiver(Supplier<WalArchive> archive, Path walDirectory, int parallel) {
    this.archive = archive;
    this.walDirectory = walDirectory;
    this.ahead = parallel <= 1 ? 0 : Math.max(8, 2 * parallel);
    this.workers =
        Executors.newFixedThreadPool(
            parallel, Thread.ofPlatform().daemon().name("wal-archiver-", 0).factory());
  }

  /// Archives a file of `pg_wal`; returns when the store has it.
  ///
  /// @throws WalConflictException if the archive has another file of this name
  /// @throws StoreException if the store can't be reached or refuses
  /// @throws IllegalArgumentException if the name is none of WAL
  public void archive(String name) throws IOException {
    var file =
        WalFile.named(name)
            .orElseThrow(() -> new IllegalArgumentException(name + " is no WAL file's name"));
    Future<?> mine;
    synchronized (this) {
      mine = submit(file);
      readAhead(name);
    }
    try {
      mine.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    } catch (ExecutionException e) {
      throw WorkerFailure.of(e);
    } finally {
      synchronized (this) {
        sent.remove(name, mine);
      }
    }
  }

  private Future<?> submit(WalFile file) {
    var known = sent.get(file.name());
    if (known != null && known.state() != Future.State.FAILED) {
      return known;
    }
    var task =
        workers.submit(() -> {
          put(archive.get(), file);
          return null;
        });
    sent.put(file.name(), task);
    return task;
  }

  private void put(WalArchive to, WalFile file) throws IOException {
    var from = walDirectory.resolve(file.name());
    if (file.kind() == WalFile.Kind.SEGMENT && !isPerhapsStored(to.compression(), file.name())) {
      to.putUnlooked(file, from);
      return;
    }
    to.put(file, from);
    synchronized (this) {
      perhapsStored.remove(file.name());
    }
  }

  /// Whether it may have been stored under another compression than this one.
  private synchronized boolean isPerhapsStored(Compression compression, String name)
      throws IOException {
    if (compression != used) {
      perhapsStored.clear();
      perhapsStored.addAll(ready(walDirectory));
      perhapsStored.addAll(sent.keySet());
      used = compression;
    }
    return perhapsStored.contains(name);
  }

  private void readAhead(String requested) throws IOException {
    if (ahead == 0) {
      return;
    }
    var ready = ready(walDirectory);
    // what PostgreSQL doesn't wait for any more will never be asked for
    sent.entrySet()
        .removeIf(e ->
            e.getValue().isDone() && !e.getKey().equals(requested) && !ready.contains(e.getKey()));
    for (var name : ready) {
      if (sent.size() >= ahead) {
        return;
      }
      var known = sent.get(name);
      if (known == null && !name.equals(requested)) {
        WalFile.named(name).ifPresent(this::submit);
      }
    }
  }

  /// What waits to be archived, in the order in which PostgreSQL will ask: timeline histories
  /// first, then by name.
  public static List<String> ready(Path walDirectory) throws IOException {
    try (var names = Files.list(walDirectory.resolve("archive_status"))) {
      return names
          .map(p -> p.getFileName().toString())
          .filter(n -> n.endsWith(READY))
          .map(n -> n.substring(0, n.length() - READY.length()))
          .sorted(
              java.util.Comparator.comparing((String n) -> !n.endsWith(".history"))
                  .thenComparing(n -> n))
          .toList();
    }
  }

  /// Gives up what is on its way.
  @Override
  public void close() {
    workers.shutdownNow();
  }
}
