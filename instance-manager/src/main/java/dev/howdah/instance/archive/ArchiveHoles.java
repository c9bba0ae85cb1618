// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.catalog.Lineage;
import dev.howdah.backup.verify.Verification;
import dev.howdah.core.retention.WalCoverage;
import dev.howdah.core.retention.WalCoverage.Gap;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.kube.ClusterStatus.Condition;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.WalDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks for WAL that the archive lacks and will never get: what nobody had any more when the
/// archive came back. Moments after such a hole can't be recovered until there is a base backup
/// behind it, so it must be known.
final class ArchiveHoles {
  /// The condition of a Cluster: False while there is a hole behind the newest base backup. A
  /// Cluster that never had one doesn't have the condition.
  static final String CONDITION = "ArchiveComplete";

  private static final String NO_BACKUP = "NoBackupOfTimeline";

  private static final Logger LOG = LoggerFactory.getLogger(ArchiveHoles.class);

  /// While there is a hole: how soon the base backup behind it is noticed, where the Cluster's
  /// status says nothing of it.
  private static final Duration WITH_HOLE = Duration.ofSeconds(30);

  private static final Duration USUALLY = Duration.ofMinutes(30);

  private final DataDirectory data;
  private final LongSupplier nanos;
  private volatile boolean due = true;
  private volatile boolean hole;
  private volatile long lookedAt;
  private volatile String seen = "";

  /// @param nanos a clock that only ever goes on
  ArchiveHoles(DataDirectory data, LongSupplier nanos) {
    this.data = data;
    this.nanos = nanos;
  }

  /// Something happened that can make a hole visible or end it.
  void lookSoon() {
    due = true;
  }

  /// @param cluster as last seen: what it says of a hole may be out of date, or not have been
  ///   written
  boolean isDue(JsonNode cluster) {
    Duration pace = isKnown(cluster) ? WITH_HOLE : USUALLY;
    return due || nanos.getAsLong() - lookedAt > pace.toNanos() || mayHaveEnded(cluster);
  }

  /// Whether a base backup was taken while there was a hole.
  boolean mayHaveEnded(JsonNode cluster) {
    return isKnown(cluster) && !lastBackup(cluster).equals(seen);
  }

  private boolean isKnown(JsonNode cluster) {
    return hole || wasSaid(cluster);
  }

  /// When the newest base backup was taken, as the Cluster says.
  private static String lastBackup(JsonNode cluster) {
    return cluster.path("status").path("lastSuccessfulBackup").asText("");
  }

  /// Looks.
  ///
  /// @param timeline of this primary
  /// @return what the Cluster's condition is to be; null where nothing has to be said
  @Nullable Condition look(
      Stores.Opened store, Timeline timeline, long segmentBytes, JsonNode cluster)
      throws IOException {
    due = false;
    lookedAt = nanos.getAsLong();
    seen = lastBackup(cluster);
    // first what is here, then what is there: a segment goes from here only once it is there
    List<String> kept =
        WalDirectory.of(data).segments(segmentBytes).stream().map(WalSegment::name).toList();
    var catalog = new BackupCatalog(store.store(), store.spec().serverName());
    List<BackupCatalog.Entry> done = catalog.list().done();
    if (done.isEmpty()) {
      return null; // nothing can be recovered at all, and the status says so
    }
    var lineage = Lineage.of(store.store(), store.spec().serverName());
    BackupInfo newest =
        done.reversed().stream()
            .map(BackupCatalog.Entry::info)
            .filter(lineage::has)
            .findFirst()
            .orElse(null);
    if (newest == null) {
      hole = lineage.endsIn(timeline);
      return hole ? new Condition(CONDITION, false, NO_BACKUP, noBackup(store, timeline)) : null;
    }
    var verification = new Verification(store.store(), store.spec().serverName());
    WalCoverage coverage = verification.coverage(newest);
    if (!coverage.target().equals(timeline)) {
      return null; // this timeline's history isn't archived yet
    }
    List<Gap> gaps = coverage.gapsWithout(kept);
    List<Timeline> unknown = verification.missingHistories(newest, timeline);
    hole = !gaps.isEmpty() || !unknown.isEmpty();
    if (!unknown.isEmpty()) {
      return new Condition(
          CONDITION, false, "HistoryMissing", noHistory(unknown.getFirst(), newest, store));
    }
    if (hole) {
      return new Condition(CONDITION, false, "WALMissing", message(gaps, newest, store));
    }
    return wasSaid(cluster)
        ? new Condition(
            CONDITION, true, "NoWALMissing", "All WAL since backup " + newest.id() + " is there")
        : null;
  }

  private static String noBackup(Stores.Opened store, Timeline timeline) {
    return ("No base backup in %s leads to timeline %s: all of them lie on branches that were abandoned, as by"
            + " a restore to an earlier moment; nothing written since can be recovered. A ScheduledBackup of"
            + " this Cluster takes a base backup now; without one create a Backup")
        .formatted(store.spec().place(), timeline);
  }

  private static String noHistory(Timeline lost, BackupInfo newest, Stores.Opened store) {
    return ("%s is missing in %s/wals. Recoveries by Howdah go on to the newest timeline all the same; one by"
            + " another tool, from backup %s or an older one, would end before it unless it names the timeline"
            + " (recovery_target_timeline). A new base backup ends that: a ScheduledBackup of this Cluster takes"
            + " one now; without one create a Backup")
        .formatted(TimelineHistory.fileName(lost), store.spec().place(), newest.id());
  }

  private static String message(List<Gap> gaps, BackupInfo newest, Stores.Opened store) {
    Gap first = gaps.getFirst();
    long segments = gaps.stream().mapToLong(Gap::segments).sum();
    return ("WAL is missing in %s/wals from %s to %s (%d segments in all): no moment after it can be"
            + " recovered from backup %s or an older one. A new base backup ends that: a"
            + " ScheduledBackup of this Cluster takes one now; without one create a Backup")
        .formatted(store.spec().place(), first.from(), first.to(), segments, newest.id());
  }

  /// Whether the Cluster says that there is a hole.
  private static boolean wasSaid(JsonNode cluster) {
    for (JsonNode condition : cluster.path("status").path("conditions")) {
      if (condition.path("type").asText("").equals(CONDITION)) {
        return condition.path("status").asText("").equals("False");
      }
    }
    return false;
  }

  /// As [#look], where a store that can't be asked is no news: other conditions say that.
  Optional<Condition> tryToLook(
      Stores.Opened store, Timeline timeline, long segmentBytes, JsonNode cluster)
      throws IOException {
    try {
      return Optional.ofNullable(look(store, timeline, segmentBytes, cluster));
    } catch (StoreException e) {
      due = true;
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("not looked for holes in the archive");
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      due = true;
      throw e;
    }
  }
}
