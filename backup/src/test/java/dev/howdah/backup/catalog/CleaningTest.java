// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.retention.Retention;
import dev.howdah.core.retention.RetentionPolicy;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.file.FileStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CleaningTest {
  private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");
  private static final String FULL = "20260101T000000";
  private static final String FIRST = "20260102T000000i";
  private static final String SECOND = "20260103T000000i";
  private static final String NEWEST = "20260104T000000";

  @TempDir private Path folder;

  private static void put(ObjectStore store, String key, String text) {
    store.put(key, Body.of(text.getBytes(StandardCharsets.UTF_8)), PutOptions.PLAIN);
  }

  private static void backup(ObjectStore store, String id, String wal, String parent) {
    var folder = new BackupCatalog(store, "main").folder(id);
    put(store, folder + "data.tar", "data");
    put(
        store,
        folder + "backup.info",
        """
        status=DONE
        begin_time=2026-01-01 00:00:00+00:00
        end_time=2026-01-01 00:00:01+00:00
        begin_wal=%1$s
        end_wal=%1$s
        timeline=1
        %2$s
        """
            .formatted(wal, parent.isEmpty() ? "" : "parent_backup_id=" + parent));
  }

  private static void segment(ObjectStore store, String name) {
    put(store, "main/wals/" + name.substring(0, 16) + "/" + name, "wal");
  }

  private ObjectStore archive() {
    var store = new FileStore(folder);
    backup(store, FULL, "000000010000000000000001", "");
    backup(store, FIRST, "000000010000000000000002", FULL);
    backup(store, NEWEST, "000000010000000000000004", "");
    for (int i = 1; i <= 4; i++) {
      segment(store, "00000001000000000000000" + i);
    }
    return store;
  }

  private static List<String> ids(ObjectStore store) {
    return new BackupCatalog(store, "main")
        .list().done().stream().map(entry -> entry.info().id()).toList();
  }

  private static List<String> keys(ObjectStore store, String prefix) {
    var keys = new java.util.ArrayList<String>();
    store.list(prefix, info -> keys.add(info.key()));
    return keys;
  }

  @Test
  void deletesBackupsAndTheWalThatNoneLeftNeeds() {
    try (var store = archive()) {
      var cleaning = new Cleaning(store, "main");

      var plan = cleaning.plan(RetentionPolicy.parse("1d"), NOW);
      assertThat(cleaning.delete(plan)).isEmpty();

      assertThat(ids(store)).containsExactly(NEWEST);
      assertThat(keys(store, "main/base/" + FULL)).isEmpty();
      assertThat(keys(store, "main/howdah/incremental/")).isEmpty();
      assertThat(keys(store, "main/wals/")).hasSize(1).first().asString().endsWith("04");
    }
  }

  /// They lie elsewhere, and need this archive's WAL to get to later moments.
  @Test
  void keepsTheWalThatSnapshotsOfVolumesNeed() {
    try (var store = archive()) {
      var snapshots =
          List.of(
              new Retention.Snapshot(
                  "snap", NOW.minus(Duration.ofHours(1)), "000000010000000000000003"));
      var cleaning = new Cleaning(store, "main", snapshots);

      var plan = cleaning.plan(RetentionPolicy.parse("1d"), NOW);
      cleaning.delete(plan);

      assertThat(plan.reasons()).anyMatch(r -> r.contains("stays: for Backup snap"));
      assertThat(keys(store, "main/wals/")).hasSize(2).first().asString().endsWith("03");
      assertThat(cleaning.planOf(List.of(NEWEST), NOW).walKeys()).isEmpty();
    }
  }

  /// A segment can be there twice, under two compressions.
  @Test
  void deletesASegmentUnderEachOfItsNames() {
    try (var store = archive()) {
      put(store, "main/wals/0000000100000000/000000010000000000000001.gz", "wal");
      put(store, "main/wals/0000000100000000/000000010000000000000004.zst", "wal");
      var cleaning = new Cleaning(store, "main");

      cleaning.delete(cleaning.plan(RetentionPolicy.parse("1d"), NOW));

      assertThat(keys(store, "main/wals/"))
          .containsExactly(
              "main/wals/0000000100000000/000000010000000000000004",
              "main/wals/0000000100000000/000000010000000000000004.zst");
    }
  }

  /// An incremental backup becomes visible between the plan and the deletion of what it builds on.
  @Test
  void keepsWhatABackupBuildsOnThatWasCompletedMeanwhile() {
    try (var store = archive()) {
      var plan = new Cleaning(store, "main").plan(RetentionPolicy.parse("1d"), NOW);
      assertThat(plan.backups()).containsExactlyInAnyOrder(FULL, FIRST);
      var raced =
          new ForwardingStore(store) {
            @Override
            public void delete(Collection<String> keys) {
              if (keys.stream().anyMatch(key -> key.contains(FIRST))) {
                backup(store, SECOND, "000000010000000000000003", FIRST);
              }
              super.delete(keys);
            }
          };

      assertThat(new Cleaning(raced, "main").delete(plan)).containsExactlyInAnyOrder(FULL, FIRST);

      assertThat(ids(store)).containsExactly(FULL, FIRST, SECOND, NEWEST);
      assertThat(keys(store, "main/base/" + FULL)).hasSize(2);
      assertThat(keys(store, "main/wals/")).hasSize(4);
    }
  }

  /// Two at once: the backup process and the primary, say. The other one has hidden a backup, and
  /// shows it again as an incremental one was built on it meanwhile.
  @Test
  void leavesToAnotherWhatThatOneHasHidden() {
    try (var store = archive()) {
      var plan = new Cleaning(store, "main").plan(RetentionPolicy.parse("1d"), NOW);
      var catalog = new BackupCatalog(store, "main");
      String info = catalog.infoText(FULL).orElseThrow();
      store.delete(List.of(catalog.infoKey(FULL))); // by the other one

      var stay = new Cleaning(store, "main").delete(plan);

      assertThat(stay).containsExactly(FULL);
      put(store, catalog.infoKey(FULL), info); // by the other one
      assertThat(ids(store)).containsExactly(FULL, NEWEST);
      assertThat(keys(store, "main/base/" + FULL)).hasSize(2);
      assertThat(keys(store, "main/wals/")).hasSize(4);
    }
  }

  @Test
  void leavesWhatAnotherHasShownAgain() {
    try (var store = archive()) {
      var plan = new Cleaning(store, "main").plan(RetentionPolicy.parse("1d"), NOW);
      var raced =
          new ForwardingStore(store) {
            @Override
            public void delete(Collection<String> keys) {
              super.delete(keys);
              if (keys.contains(new BackupCatalog(store, "main").infoKey(FIRST))) {
                backup(store, FULL, "000000010000000000000001", "");
              }
            }
          };

      assertThat(new Cleaning(raced, "main").delete(plan)).containsExactly(FULL);

      assertThat(ids(store)).containsExactly(FULL, NEWEST);
      assertThat(keys(store, "main/base/" + FULL)).hasSize(2);
      assertThat(keys(store, "main/wals/")).hasSize(4);
    }
  }

  /// As another tool does, which knows nothing of incremental backups.
  @Test
  void anIncrementalBackupWhoseParentIsGoneStandsForNothing() {
    try (var store = new FileStore(folder)) {
      backup(store, FULL, "000000010000000000000001", "");
      backup(store, "20260102T000000", "000000010000000000000002", "");
      backup(store, SECOND, "000000010000000000000003", "20260102T000000");
      segment(store, "000000010000000000000001");
      new BackupCatalog(store, "main").delete("20260102T000000");

      for (var policy : List.of("REDUNDANCY 1", "1d")) {
        var plan = new Cleaning(store, "main").plan(RetentionPolicy.parse(policy), NOW);

        assertThat(plan.isEmpty()).as("%s: %s", policy, plan).isTrue();
        assertThat(plan.reasons())
            .anyMatch(r ->
                r.startsWith(SECOND) && r.contains("20260102T000000, on which it builds, is gone"));
      }
      assertThat(ids(store)).containsExactly(FULL);
      var cleaning = new Cleaning(store, "main");
      cleaning.delete(cleaning.planOf(List.of(SECOND), NOW));
      assertThat(keys(store, "main/howdah/incremental/")).isEmpty();
    }
  }
}
