// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final Instant NOW = Instant.parse("2026-11-20T00:00:00Z");

  private static Retention.Backup backup(int daysAgo, int segment) {
    return backup(daysAgo, 1, segment, false, false, "");
  }

  private static Retention.Backup backup(
      int daysAgo, int timeline, int segment, boolean keep, boolean alone, String parent) {
    return new Retention.Backup(
        id(daysAgo),
        NOW.minus(Duration.ofDays(daysAgo)),
        wal(timeline, segment),
        wal(timeline, segment + 1),
        keep,
        alone,
        parent,
        false);
  }

  private static Retention.Backup abandoned(Retention.Backup b) {
    return new Retention.Backup(
        b.id(), b.endTime(), b.beginWal(), b.endWal(), b.keep(), b.keepAlone(), b.parent(), true);
  }

  private static String id(int daysAgo) {
    return NOW.minus(Duration.ofDays(daysAgo)).toString().substring(0, 10).replace("-", "")
        + "T000000";
  }

  private static String wal(int timeline, int segment) {
    return "%08X%08X%08X".formatted(timeline, segment >>> 8, segment & 0xff);
  }

  private static List<String> wals(int timeline, int from, int to) {
    var names = new ArrayList<String>();
    for (int i = from; i <= to; i++) {
      names.add(wal(timeline, i));
    }
    return names;
  }

  @Test
  void keepsTheWalBehindTheNewestBackupThoughAllAreKeptAlone() {
    var plan =
        Retention.decide(
            RetentionPolicy.parse("7d"),
            NOW,
            List.of(backup(20, 1, 10, false, true, ""), backup(10, 1, 20, false, true, "")),
            wals(1, 5, 30));

    var useless = wals(1, 5, 9);
    useless.addAll(wals(1, 12, 19));
    assertThat(plan.wal()).isEqualTo(useless);
  }

  @Test
  void keepsOneBackupFromBeforeTheWindow() {
    var plan =
        Retention.decide(
            RetentionPolicy.parse("7d"),
            NOW,
            List.of(backup(1, 50), backup(6, 40), backup(8, 30), backup(9, 20)),
            wals(1, 15, 60));

    assertThat(plan.backups()).containsExactly(id(9));
    assertThat(plan.wal()).isEqualTo(wals(1, 15, 29));
  }

  @Test
  void alwaysKeepsTheNewest() {
    var plan =
        Retention.decide(
            RetentionPolicy.parse("REDUNDANCY 0"), NOW, List.of(backup(400, 5)), wals(1, 1, 9));

    assertThat(plan.backups()).isEmpty();
    assertThat(plan.wal()).isEqualTo(wals(1, 1, 4));
  }

  @Test
  void deletesNothingWithoutABackup() {
    var plan = Retention.decide(RetentionPolicy.parse("1d"), NOW, List.of(), wals(1, 1, 9));

    assertThat(plan.isEmpty()).isTrue();
  }

  @Test
  void keepsWhatAChildBuildsOn() {
    var plan =
        Retention.decide(
            RetentionPolicy.parse("REDUNDANCY 1"),
            NOW,
            List.of(backup(1, 1, 50, false, false, id(2)), backup(2, 40), backup(3, 30)),
            List.of());

    assertThat(plan.backups()).containsExactly(id(3));
  }

  @Test
  void keepsOnlyItsOwnWalForABackupKeptAlone() {
    var plan =
        Retention.decide(
            RetentionPolicy.parse("REDUNDANCY 1"),
            NOW,
            List.of(backup(1, 50), backup(30, 1, 10, false, true, "")),
            wals(1, 5, 55));

    assertThat(plan.backups()).isEmpty();
    var expected = wals(1, 5, 9);
    expected.addAll(wals(1, 12, 49));
    assertThat(plan.wal()).isEqualTo(expected);
  }

  @Test
  void neverDeletesATimelinesHistoryAndKeepsTheSharedPast() {
    // the backup on timeline 2 began at 20; timeline 1 goes up to the switch at 25
    var files = wals(1, 10, 25);
    files.addAll(wals(2, 25, 30));
    files.add("00000002.history");
    files.add(wal(1, 25) + ".partial");
    var plan =
        Retention.decide(
            RetentionPolicy.parse("REDUNDANCY 1"),
            NOW,
            List.of(backup(1, 1, 20, false, false, ""), backup(3, 1, 10, false, false, "")),
            files);

    assertThat(plan.wal()).isEqualTo(wals(1, 10, 19));
  }

  @Test
  void neverDeletesWalThatAKeptBackupNeeds() {
    for (long seed = 0; seed < 2_000; seed++) {
      var random = new SplittableRandom(seed);
      var backups = new ArrayList<Retention.Backup>();
      int segment = 1;
      int timeline = 1;
      for (int day = 40; day > 0; day -= random.nextInt(1, 9)) {
        segment += random.nextInt(1, 20);
        timeline += random.nextInt(4) == 0 ? 1 : 0;
        backups.add(
            backup(day, timeline, segment, random.nextInt(9) == 0, random.nextInt(9) == 0, ""));
      }
      RetentionPolicy policy =
          random.nextBoolean()
              ? new RetentionPolicy.Window(Duration.ofDays(random.nextInt(0, 40)))
              : new RetentionPolicy.Count(random.nextInt(0, 5));
      var files = new ArrayList<String>();
      for (int t = 1; t <= timeline; t++) {
        files.addAll(wals(t, 1, segment + 10));
      }

      var plan = Retention.decide(policy, NOW, backups, files);

      for (var kept : backups) {
        if (!plan.backups().contains(kept.id())) {
          assertThat(plan.wal())
              .as("seed %d: %s", seed, kept)
              .doesNotContain(kept.beginWal(), kept.endWal());
        }
      }
      assertThat(plan.backups()).as("seed %d", seed).doesNotContain(backups.getLast().id());
    }
  }

  @Test
  void aBackupOfAnAbandonedBranchNeitherCoversTheWindowNorCounts() {
    // restored in place to a moment before the backups of 8 and 9 days ago
    var backups =
        List.of(
            backup(1, 2, 50, false, false, ""),
            abandoned(backup(8, 40)),
            abandoned(backup(9, 30)),
            backup(10, 20),
            backup(11, 10));

    assertThat(
            Retention.decide(RetentionPolicy.parse("7d"), NOW, backups, wals(1, 5, 60)).backups())
        .containsExactly(id(11));
    assertThat(
            Retention.decide(RetentionPolicy.parse("REDUNDANCY 2"), NOW, backups, List.of())
                .backups())
        .containsExactly(id(11));
  }

  @Test
  void keepsWhatThePolicyDemandsOfThePresentWhateverWasAbandoned() {
    for (long seed = 0; seed < 2_000; seed++) {
      var random = new SplittableRandom(seed);
      String label = "seed " + seed;
      var backups = new ArrayList<Retention.Backup>();
      int segment = 1;
      for (int day = 40; day > 0; day -= random.nextInt(1, 9)) {
        segment += random.nextInt(1, 20);
        var backup = backup(day, segment);
        backups.add(random.nextInt(3) == 0 ? abandoned(backup) : backup);
      }
      int days = random.nextInt(0, 40);
      int count = random.nextInt(0, 5);
      var present = backups.stream().filter(b -> !b.abandoned()).toList();

      var ofWindow =
          Retention.decide(
              new RetentionPolicy.Window(Duration.ofDays(days)), NOW, backups, List.of());
      var ofCount = Retention.decide(new RetentionPolicy.Count(count), NOW, backups, List.of());

      var begin = NOW.minus(Duration.ofDays(days));
      present.stream()
          .filter(b -> b.endTime().isBefore(begin))
          .reduce((_, newer) -> newer)
          .ifPresent(b -> assertThat(ofWindow.backups()).as(label).doesNotContain(b.id()));
      int wanted = Math.min(Math.max(count, 1), present.size());
      assertThat(present.stream().filter(b -> !ofCount.backups().contains(b.id())).count())
          .as(label)
          .isGreaterThanOrEqualTo(wanted);
    }
  }

  @Test
  void saysHowAPolicyIsWritten() {
    assertThat(RetentionPolicy.parse("2m"))
        .isEqualTo(new RetentionPolicy.Window(Duration.ofDays(62)));
    assertThat(RetentionPolicy.parse("recovery window of 2 weeks"))
        .isEqualTo(new RetentionPolicy.Window(Duration.ofDays(14)));
    for (var wrong : List.of("", "30", "0d", "d", "30 days", "-1d", "999999d")) {
      assertThatThrownBy(() -> RetentionPolicy.parse(wrong))
          .hasMessageContaining("write a recovery window as 30d");
    }
  }

  private static Retention.Snapshot snapshot(int daysAgo, int segment) {
    return new Retention.Snapshot(
        "s" + daysAgo, NOW.minus(Duration.ofDays(daysAgo)), wal(1, segment));
  }

  /// As when base backups were begun only lately, or are counted.
  @Test
  void keepsTheWalThatSnapshotsOfTheWindowNeed() {
    var stays = List.of(backup(2, 80), backup(1, 90));
    var window = RetentionPolicy.parse("7d");
    var snapshots =
        List.of(
            snapshot(30, 10), snapshot(20, 20), snapshot(8, 30), snapshot(5, 40), snapshot(3, 50));

    var kept = Retention.snapshotsThatStay(window, NOW, stays, snapshots);

    assertThat(kept).extracting(Retention.Snapshot::name).containsExactly("s3", "s5", "s8");
    var useless = Retention.uselessWal(stays, kept);
    assertThat(useless.test(wal(1, 29))).isTrue();
    assertThat(useless.test(wal(1, 30))).isFalse();
    assertThat(useless.test(wal(2, 30))).isFalse();
    assertThat(useless.test("00000002.history")).isFalse();
    assertThat(Retention.uselessWal(stays, List.of()).test(wal(1, 30))).isTrue();
  }

  @Test
  void snapshotsBeforeTheWindowDontCountWhereABaseBackupMakesItReachable() {
    var stays = List.of(backup(9, 20), backup(1, 90));
    var snapshots = List.of(snapshot(300, 1), snapshot(8, 30), snapshot(5, 40));

    assertThat(Retention.snapshotsThatStay(RetentionPolicy.parse("7d"), NOW, stays, snapshots))
        .extracting(Retention.Snapshot::name)
        .containsExactly("s5");
    assertThat(
            Retention.snapshotsThatStay(
                RetentionPolicy.parse("REDUNDANCY 2"), NOW, stays, snapshots))
        .extracting(Retention.Snapshot::name)
        .containsExactly("s5", "s8");
  }
}
