// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.postgres.data.WalDirectory;
import dev.howdah.testing.ServerUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Promotions that were killed on their way, and are begun again.
class HalfPromotionIT {
  private static final Duration SOON = TestInstance.LONG;

  /// Nobody else is to be elected meanwhile.
  private static final String LONG_LEASE =
      """
      {"primaryLease": {"leaseDurationSeconds": 600, "renewDeadlineSeconds": 450, "retryPeriodSeconds": 3}}\
      """;

  private TestCluster cluster;
  private TestInstance old;
  private TestInstance elected;

  @BeforeEach
  void start() throws Exception {
    cluster = new TestCluster(LONG_LEASE);
    old = cluster.startPrimary();
    elected = cluster.addStandby(2);
    cluster.awaitHealthy();
    old.query("CREATE TABLE numbers (id int)");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /// PostgreSQL had removed `standby.signal`, and hadn't begun its timeline yet. Else the elected
  /// one goes on writing the timeline that others may have more of, and those who wait for the new
  /// one never follow it.
  @Test
  void aStandbyWithoutItsSignalIsOneStill() throws Exception {
    leaveWithoutSignal(electAndKill());

    isPromotedAgain();
  }

  /// It had written the history of its timeline, too, when it was killed, and another one is
  /// elected.
  @Test
  void aStandbyForgetsTheTimelineThatItDidNotBegin() throws Exception {
    Lsn end = electAndKill();
    leaveWithoutSignal(end);
    Files.writeString(
        elected.data().resolve("pg_wal/00000002.history"), "1\t" + end + "\tno recovery target\n");
    ServerUser.own(elected.data());
    cluster.patchStatus("targetPrimary", old.name()); // or it hands over as soon as it can
    cluster.freeFromTheDead(elected);
    old.awaitWritable();

    elected.start();
    cluster.awaitHealthy();

    old.query("INSERT INTO numbers VALUES (2)"); // confirmed by the one that was killed
    elected.awaitRow(2, SOON);
  }

  /// Its timeline wasn't to be the next one: the numbers between were taken.
  @Test
  void numbersThatWereTakenDoNotKeepItFromStarting() throws Exception {
    electAndKill();
    new WalDirectory(elected.data().resolve("pg_wal"))
        .reserveTimelines(new Timeline(1), new Timeline(4));
    ServerUser.own(elected.data());

    isPromotedAgain();
  }

  private void leaveWithoutSignal(Lsn end) {
    Path wal = elected.data().resolve("pg_wal");
    Path last = wal.resolve(segment(1, end));
    ServerUser.runAsServer(List.of("cp", last.toString(), wal.resolve(segment(2, end)).toString()));
    ServerUser.runAsServer(List.of("rm", elected.data().resolve("standby.signal").toString()));
  }

  private void isPromotedAgain() throws Exception {
    elected.start();
    await().atMost(SOON).until(() -> leads(elected));

    assertThat(elected.status().path("timeLineID").asText())
        .isEqualTo(cluster.leaseField("timeline"))
        .isNotEqualTo("1");
    cluster.awaitHealthy();
    elected.query("INSERT INTO numbers VALUES (2)"); // confirmed by the old primary
    assertThat(elected.query("SELECT string_agg(id::text, ' ' ORDER BY id) FROM numbers"))
        .isEqualTo("1 2");
  }

  private static boolean leads(TestInstance instance) {
    return instance.status().path("leadership").asText().equals("LEADING");
  }

  /// Its checkpointer hangs, so that it is not promoted before it is killed.
  ///
  /// @return the end of its log
  private Lsn electAndKill() throws Exception {
    elected.asSuperuser("CHECKPOINT"); // from here on its checkpointer has read its settings
    TestInstance.signal("STOP", elected.serverProcess("checkpointer"));
    cluster.patchSpec("{\"postgresql\": {\"synchronous\": {\"method\": \"any\", \"number\": 1}}}");
    await().atMost(SOON).until(() -> cluster.leaseField("w").equals("1"));
    await().atMost(SOON).until(() -> !elected.query("SHOW synchronous_standby_names").isEmpty());
    old.query("INSERT INTO numbers VALUES (1)");
    cluster.patchStatus("targetPrimary", elected.name());
    await().atMost(SOON).until(() -> cluster.holder().equals(elected.name()));
    Lsn end = Lsn.parse(elected.status().path("receivedLsn").asText());
    elected.destroy();
    return end;
  }

  private static String segment(int timeline, Lsn lsn) {
    return WalSegment.containing(new Timeline(timeline), lsn, WalSegment.DEFAULT_BYTES).name();
  }
}
