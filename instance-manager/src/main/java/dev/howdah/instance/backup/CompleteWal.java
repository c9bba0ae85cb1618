// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.catalog.BackupInfo;
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
    awaitWal(archive.apply(info), needed(info), switchWal, patience);
  }

  /// Waits until an archive has these files.
  ///
  /// @throws IllegalStateException naming one that did not come
  static void awaitWal(WalArchive wal, Set<String> needed, Runnable switchWal, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    for (int i = 0; ; i++) {
      var missing = new HashSet<>(needed);
      for (var folder :
          needed.stream().map(name -> name.substring(0, FOLDER)).distinct().toList()) {
        wal.each(folder + "/", (file, _) -> missing.remove(file.name()));
      }
      if (missing.isEmpty()) {
        return;
      }
      if (System.nanoTime() > end) {
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

  /// The segments from begin to end; where the timeline changed meanwhile, those ends only.
  static Set<String> needed(BackupInfo info) {
    return needed(info.beginWal(), info.endWal(), info.segmentSizeBytes());
  }

  /// @param segmentBytes size of a WAL file
  static Set<String> needed(String begin, String end, long segmentBytes) {
    var names = new HashSet<String>();
    names.add(begin);
    names.add(end);
    var first = WalSegment.parse(begin, segmentBytes);
    var last = WalSegment.parse(end, segmentBytes);
    if (first.isPresent()
        && last.isPresent()
        && first.get().timeline().equals(last.get().timeline())) {
      for (WalSegment s = first.get(); s.compareTo(last.get()) < 0; s = s.next()) {
        names.add(s.name());
      }
    }
    return names;
  }
}
