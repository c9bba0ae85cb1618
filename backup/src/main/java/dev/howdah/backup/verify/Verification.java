// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.verify;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.restore.BaseRestore;
import dev.howdah.core.retention.WalCoverage;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalNames;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/// Checks backups and the WAL behind them: that every object of a backup is there and whole, that
/// every file in it is what was backed up, and that WAL without a gap leads from its beginning to
/// the last moment of the archive.
public final class Verification {
  private final ObjectStore store;
  private final String serverName;
  private final BackupCatalog catalog;
  private final WalNames wal = new WalNames();
  private final Map<Timeline, TimelineHistory> histories = new TreeMap<>();

  /// What was found of one backup.
  ///
  /// @param files how many were read and compared; 0 if only their objects were looked at
  /// @param coverage what its WAL reaches
  /// @param problems in words, with what to do; empty if it can be restored to the last moment
  public record Result(BackupInfo info, long files, WalCoverage coverage, List<String> problems) {
    public Result {
      problems = List.copyOf(problems);
    }

    public boolean isGood() {
      return problems.isEmpty();
    }
  }

  /// Reads the names of the archive's WAL and its timeline histories.
  public Verification(ObjectStore store, String serverName) throws IOException {
    this.store = store;
    this.serverName = serverName;
    this.catalog = new BackupCatalog(store, serverName);
    readWal();
  }

  private void readWal() throws IOException {
    var historyKeys = new ArrayList<String>();
    store.list(
        serverName + "/wals/",
        object ->
            WalFile.ofKey(object.key())
                .ifPresent(file -> {
                  wal.add(file.name());
                  if (file.kind() == WalFile.Kind.TIMELINE_HISTORY) {
                    historyKeys.add(object.key());
                  }
                }));
    for (var key : historyKeys) {
      var name = WalFile.ofKey(key).orElseThrow().name();
      var timeline = new Timeline(Integer.parseInt(name.substring(0, 8), 16));
      var text = new String(WalArchive.read(store, key), StandardCharsets.UTF_8);
      histories.put(timeline, TimelineHistory.parse(timeline, text));
    }
  }

  /// What the WAL behind a backup reaches.
  public WalCoverage coverage(BackupInfo info) {
    return WalCoverage.of(wal, histories, info.beginWal(), info.segmentSizeBytes());
  }

  /// The timelines after a backup's up to this one whose histories the archive lacks: recovery to
  /// the latest timeline stops looking at the first of them.
  public List<Timeline> missingHistories(BackupInfo info, Timeline last) {
    var missing = new ArrayList<Timeline>();
    var first = new Timeline((int) info.timeline()).next();
    for (var t = first; t.compareTo(last) <= 0; t = t.next()) {
      if (!histories.containsKey(t)) {
        missing.add(t);
      }
    }
    return missing;
  }

  /// Checks one backup.
  ///
  /// @param wholeContent whether to read all of it; otherwise only what is there and its sizes
  /// @param progress is told the bytes read, by several threads
  public Result verify(BackupInfo info, boolean wholeContent, LongConsumer progress)
      throws IOException {
    var problems = new ArrayList<String>();
    long files = 0;
    try {
      checkChain(info, problems);
      checkObjects(info, problems);
      if (wholeContent && problems.isEmpty()) {
        files = new BaseRestore(store, serverName).verify(info, progress);
      }
    } catch (StoreException e) {
      switch (e.kind()) {
        case CORRUPT, NOT_FOUND, NO_KEY -> {}
        // says something of the store, nothing of the backup
        case NO_BUCKET, DENIED, REFUSED, FULL, UNTRUSTED, UNAVAILABLE, UNREACHABLE -> throw e;
      }
      problems.add(String.valueOf(e.getMessage()));
    }
    checkPages(info, problems);
    var coverage = coverage(info);
    if (!coverage.reaches(info.endWal(), info.segmentSizeBytes())) {
      problems.add(
          "WAL from %s to %s is needed to make it consistent, but the archive holds it only to %s; take a new backup"
              .formatted(
                  info.beginWal(),
                  info.endWal(),
                  coverage.last().isEmpty() ? "nowhere" : coverage.last()));
    }
    for (var gap : coverage.gaps()) {
      problems.add(
          "WAL is missing from %s to %s (%d segments): moments after it can't be reached from this backup; take a new one"
              .formatted(gap.from(), gap.to(), gap.segments()));
    }
    return new Result(info, files, coverage, problems);
  }

  private void checkChain(BackupInfo info, List<String> problems) {
    try {
      catalog.chain(info);
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  private void checkObjects(BackupInfo info, List<String> problems) {
    var sizes = catalog.sizes(info.id());
    catalog
        .summary(info.id())
        .ifPresent(summary ->
            summary
                .objects()
                .forEach((name, size) -> {
                  var found = sizes.get(name);
                  if (found == null) {
                    problems.add(name + " is missing; restore from another backup");
                  } else if (found < size) { // encrypted it is larger
                    problems.add(
                        "%s has %d bytes instead of %d; restore from another backup"
                            .formatted(name, found, size));
                  }
                }));
  }

  /// What was damaged in the database itself when the backup was taken.
  private void checkPages(BackupInfo info, List<String> problems) {
    long damaged = catalog.summary(info.id()).map(summary -> summary.damagedPages()).orElse(0L);
    if (damaged > 0) {
      problems.add(
          "%d pages had wrong checksums when it was taken (howdah backup show names them): they are damaged in the database itself; repair it there, or restore from an older backup"
              .formatted(damaged));
    }
  }
}
