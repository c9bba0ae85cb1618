// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/// A store in which a `backup.info` appears only when all WAL that makes the backup consistent is
/// archived. PostgreSQL itself doesn't wait for that when the backup is taken from a standby.
final class CompleteWal extends ForwardingStore {
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 1000;
  private static final Duration ASKED_EVERY = Duration.ofSeconds(10);

  /// Timeline and high half of the position: what an archive's folders are named after.
  private static final int FOLDER = 16;

  private final Function<BackupInfo, WalArchive> archive;
  private final Runnable switchWal;
  private final Duration patience;

  /// @param switchWal asks the primary to end its segment, so that it is archived
  /// @param patience how long WAL may take to arrive
  CompleteWal(
      ObjectStore store,
      Function<BackupInfo, WalArchive> archive,
      Runnable switchWal,
      Duration patience) {
    super(store);
    this.archive = archive;
    this.switchWal = switchWal;
    this.patience = patience;
  }

  @Override
  public boolean put(String key, Body body, PutOptions options) {
    if (key.endsWith("/backup.info")) {
      String id = key.substring(0, key.lastIndexOf('/'));
      awaitWal(BackupInfo.parse(id.substring(id.lastIndexOf('/') + 1), text(body)));
    }
    return super.put(key, body, options);
  }

  private static String text(Body body) {
    var out = new java.io.ByteArrayOutputStream();
    try (var in = body.open()) {
      in.transferTo(out);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out.toString(java.nio.charset.StandardCharsets.UTF_8);
  }

  private void awaitWal(BackupInfo info) {
    awaitWal(
        archive.apply(info),
        segment(info.beginWal(), info.segmentSizeBytes()),
        segment(info.endWal(), info.segmentSizeBytes()),
        switchWal,
        patience);
  }

  /// @throws IllegalArgumentException if there is none of this name
  static WalSegment segment(String name, long segmentBytes) {
    return WalSegment.parse(name, segmentBytes)
        .orElseThrow(() -> new IllegalArgumentException("no WAL segment: " + name));
  }

  /// Waits until an archive has the WAL from one segment to another one.
  ///
  /// @throws IllegalStateException naming a file that did not come
  static void awaitWal(
      WalArchive wal, WalSegment begin, WalSegment end, Runnable switchWal, Duration patience) {
    long begun = System.nanoTime();
    long ask = begun;
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      var missing = missing(wal, begin, end);
      if (missing.isEmpty()) {
        return;
      }
      long now = System.nanoTime();
      if (now - begun > patience.toNanos()) {
        throw new IllegalStateException(
            "the backup's WAL did not arrive in the archive within %d minutes: %s is missing; see condition ContinuousArchiving"
                .formatted(patience.toMinutes(), missing.iterator().next()));
      }
      if (now - ask >= 0) {
        switchWal.run();
        ask = now + ASKED_EVERY.toNanos();
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException(StoreException.Kind.UNAVAILABLE, "interrupted", e);
      }
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }

  private static Set<String> missing(WalArchive wal, WalSegment begin, WalSegment end) {
    var history = TimelineHistory.none(end.timeline());
    if (!begin.timeline().equals(end.timeline())) {
      var archived = wal.history(end.timeline());
      if (archived.isEmpty()) {
        return Set.of(TimelineHistory.fileName(end.timeline()));
      }
      history = archived.get();
    }
    var missing = needed(begin, end, history);
    for (var folder : missing.stream().map(name -> name.substring(0, FOLDER)).distinct().toList()) {
      wal.each(folder + "/", (file, _) -> missing.remove(file.name()));
    }
    return missing;
  }

  /// The segments from begin to end, on the way that the history of the last timeline went.
  private static Set<String> needed(WalSegment begin, WalSegment end, TimelineHistory history) {
    var names = new HashSet<String>();
    names.add(begin.name());
    names.add(end.name());
    for (long n = begin.number(); n < end.number(); n++) {
      names.add(history.segment(n, end.segmentBytes()).name());
    }
    return names;
  }
}
