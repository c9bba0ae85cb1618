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
  private static final Duration PAUSE = Duration.ofSeconds(1);

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
    long last = System.nanoTime() + patience.toNanos();
    for (int i = 0; ; i++) {
      var missing = missing(wal, begin, end);
      if (missing.isEmpty()) {
        return;
      }
      if (System.nanoTime() > last) {
        throw new IllegalStateException(
            "the backup's WAL did not arrive in the archive within %d minutes: %s is missing; see condition ContinuousArchiving"
                .formatted(patience.toMinutes(), missing.iterator().next()));
      }
      if (i % 10 == 0) {
        switchWal.run();
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException(StoreException.Kind.UNAVAILABLE, "interrupted", e);
      }
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
