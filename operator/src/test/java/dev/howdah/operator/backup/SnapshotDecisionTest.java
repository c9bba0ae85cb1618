// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.backup.SnapshotDecision.Complete;
import dev.howdah.operator.backup.SnapshotDecision.Create;
import dev.howdah.operator.backup.SnapshotDecision.Cut;
import dev.howdah.operator.backup.SnapshotDecision.Fail;
import dev.howdah.operator.backup.SnapshotDecision.Part;
import dev.howdah.operator.backup.SnapshotDecision.Wait;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotDecisionTest {
  private static final Instant BEGUN = Instant.parse("2026-11-21T10:00:00Z");
  private static final List<Part> PARTS =
      SnapshotDecision.parts(
          "s",
          List.of(
              claim("c-1-wal", Labels.PG_WAL, ""),
              claim("c-1-tbs-far", Labels.PG_TABLESPACE, "far"),
              claim("c-1", Labels.PG_DATA, "")));

  private static ObjectNode claim(String name, String role, String tablespace) {
    ObjectNode claim = Json.object(Resource.PERSISTENT_VOLUME_CLAIMS, "ns", name);
    claim
        .withObject("/metadata")
        .putObject("labels")
        .put(Labels.PVC_ROLE, role)
        .put(Labels.TABLESPACE_NAME, tablespace);
    return claim;
  }

  private static BackupView backup(String phase, String more) throws Exception {
    ObjectNode object = Json.object(Resource.BACKUPS, "ns", "s");
    object.withObject("/metadata").put("uid", "mine");
    object.set("status", Json.parse("{\"phase\": \"%s\"%s}".formatted(phase, more)));
    return new BackupView(object);
  }

  private static BackupView running() throws Exception {
    return backup("running", ", \"startedAt\": \"" + BEGUN + "\"");
  }

  private static BackupView finalizing() throws Exception {
    return backup(
        "finalizing",
        ", \"stoppedAt\": \"%s\", \"snapshotBackupStatus\": %s"
            .formatted(BEGUN, Snapshots.elements(PARTS).path("snapshotBackupStatus")));
  }

  private static ObjectNode snapshot(String name, String status) throws Exception {
    ObjectNode snapshot = Json.object(Resource.VOLUME_SNAPSHOTS, "ns", name);
    snapshot
        .withObject("/metadata")
        .putObject("annotations")
        .put(SnapshotDecision.BACKUP_UID, "mine");
    snapshot.set("status", Json.parse(status));
    return snapshot;
  }

  private static Map<String, ObjectNode> snapshots(String status, String... names)
      throws Exception {
    var all = new HashMap<String, ObjectNode>();
    for (String name : names) {
      all.put(name, snapshot(name, status));
    }
    return all;
  }

  private static final String CUT = "{\"creationTime\": \"2026-11-21T10:00:01Z\"}";
  private static final String READY =
      "{\"creationTime\": \"2026-11-21T10:00:01Z\", \"readyToUse\": true}";

  private static SnapshotDecision decide(BackupView backup, Map<String, ObjectNode> snapshots) {
    return SnapshotDecision.of(backup, PARTS, snapshots, true, BEGUN.plusSeconds(60));
  }

  @Test
  void cutsTheDataThenTheTablespacesAndTheWalLast() throws Exception {
    assertThat(PARTS).extracting(Part::snapshot).containsExactly("s", "s-tbs-far", "s-wal");
    assertThat(decide(running(), Map.of())).isEqualTo(new Create(PARTS.subList(0, 1)));
    assertThat(decide(running(), snapshots("{}", "s"))).isInstanceOf(Wait.class);
    assertThat(decide(running(), snapshots(CUT, "s"))).isEqualTo(new Create(PARTS.subList(1, 2)));
    assertThat(decide(running(), snapshots(CUT, "s", "s-tbs-far")))
        .isEqualTo(new Create(PARTS.subList(2, 3)));
    assertThat(decide(running(), snapshots(CUT, "s", "s-tbs-far", "s-wal")))
        .isEqualTo(new Cut(PARTS));
  }

  private static BackupView started(String session, boolean online) throws Exception {
    return backup(
        "started",
        """
        , "reconciliationStartedAt": "%s", "online": %s,
        "instanceID": {"podName": "c-1", "sessionID": "%s"}
        """
            .formatted(BEGUN, online, session));
  }

  @Test
  void nothingIsCutBeforeTheServerIsInBackupMode() throws Exception {
    assertThat(decide(started("", true), Map.of())).isInstanceOf(Wait.class);
    assertThat(decide(started("run", true), Map.of())).isInstanceOf(Wait.class);
    assertThat(
            SnapshotDecision.of(started("", true), PARTS, Map.of(), true, BEGUN.plusSeconds(601)))
        .isInstanceOfSatisfying(
            Fail.class, fail -> assertThat(fail.why()).contains("instance c-1 did not take it"));
  }

  @Test
  void offlineTheInstanceIsFencedOnceItWaitsForThatAndAllIsCutAtOnce() throws Exception {
    var stopped = backup("running", ", \"online\": false, \"startedAt\": \"" + BEGUN + "\"");

    assertThat(decide(started("", false), Map.of())).isInstanceOf(Wait.class);
    assertThat(decide(started("run", false), Map.of())).isInstanceOf(SnapshotDecision.Fence.class);
    assertThat(decide(stopped, Map.of())).isEqualTo(new Create(PARTS));
    assertThat(decide(stopped, snapshots(CUT, "s", "s-tbs-far", "s-wal")))
        .isEqualTo(new Cut(PARTS));
  }

  @Test
  void offlineIsOverWhenTheInstanceServesAgainOrTookTooLong() throws Exception {
    var done = finalizing();
    ((ObjectNode) done.status()).put("online", false);
    var all = snapshots(READY, "s", "s-tbs-far", "s-wal");

    assertThat(SnapshotDecision.of(done, PARTS, all, false, BEGUN.plusSeconds(60)))
        .isInstanceOf(Wait.class);
    assertThat(SnapshotDecision.of(done, PARTS, all, true, BEGUN.plusSeconds(60)))
        .isInstanceOf(Complete.class);
    assertThat(SnapshotDecision.of(done, PARTS, all, false, BEGUN.plusSeconds(601)))
        .isInstanceOf(Complete.class);
  }

  @Test
  void onlineNothingIsCutAgainAfterWhatHasToBeYounger() throws Exception {
    for (var missing : List.of("s", "s-tbs-far")) {
      var left = snapshots(CUT, "s", "s-tbs-far", "s-wal");
      left.remove(missing);

      assertThat(decide(running(), left))
          .isInstanceOfSatisfying(
              Fail.class,
              fail -> assertThat(fail.why()).contains(missing + " was deleted after", "another"));
    }
    var stopped = backup("running", ", \"online\": false, \"startedAt\": \"" + BEGUN + "\"");
    assertThat(decide(stopped, snapshots(CUT, "s-wal"))).isEqualTo(new Create(PARTS.subList(0, 2)));
  }

  @Test
  void isCompleteOnceAllAreReady() throws Exception {
    assertThat(decide(finalizing(), snapshots(CUT, "s", "s-tbs-far", "s-wal")))
        .isInstanceOf(Wait.class);
    assertThat(decide(finalizing(), snapshots(READY, "s", "s-tbs-far", "s-wal")))
        .isInstanceOf(Complete.class);
    assertThat(decide(finalizing(), snapshots(READY, "s", "s-wal")))
        .isInstanceOfSatisfying(
            Fail.class, fail -> assertThat(fail.why()).contains("s-tbs-far was deleted"));
  }

  @Test
  void doesNotTakeASnapshotOfAnotherBackupForItsOwn() throws Exception {
    var other = snapshot("s", READY);
    other.withObject("/metadata/annotations").put(SnapshotDecision.BACKUP_UID, "another");

    assertThat(decide(running(), Map.of("s", other)))
        .isInstanceOfSatisfying(
            Fail.class, fail -> assertThat(fail.why()).contains("exists already", "another name"));
  }

  @Test
  void failsWithTheDriversReasonWhenTheDeadlineHasPassed() throws Exception {
    var broken = snapshots("{\"error\": {\"message\": \"no such class\"}}", "s");

    assertThat(decide(running(), broken)).isInstanceOf(Wait.class);
    assertThat(SnapshotDecision.of(running(), PARTS, broken, true, BEGUN.plusSeconds(601)))
        .isInstanceOfSatisfying(
            Fail.class,
            fail ->
                assertThat(fail.why())
                    .contains("no such class", "10 minutes", "volumeSnapshotDeadline"));
  }
}
