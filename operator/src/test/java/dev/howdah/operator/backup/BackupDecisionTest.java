// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.backup.BackupDecision.Pod;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackupDecisionTest {
  private static final List<Pod> PODS =
      List.of(
          new Pod("c-1", true, "one"), new Pod("c-2", false, "two"), new Pod("c-3", true, "three"));

  private static ObjectNode cluster(String backup) throws Exception {
    ObjectNode cluster = Json.object(Resource.CLUSTERS, "ns", "c");
    cluster.set("spec", Json.parse("{\"backup\": " + backup + "}"));
    cluster.putObject("status").put("currentPrimary", "c-1");
    return cluster;
  }

  private static ObjectNode stored() throws Exception {
    return cluster("{\"barmanObjectStore\": {\"destinationPath\": \"s3://b\"}}");
  }

  private static BackupView backup(String name, String spec, String status) throws Exception {
    ObjectNode object = Json.object(Resource.BACKUPS, "ns", name);
    object.withObject("/metadata").put("creationTimestamp", "2026-11-20T00:00:00Z");
    ObjectNode fields = Json.parse(spec);
    fields.putObject("cluster").put("name", "c");
    object.set("spec", fields);
    object.set("status", Json.parse(status));
    return new BackupView(object);
  }

  @Test
  void prefersTheFirstReadyStandby() throws Exception {
    var b = backup("b", "{}", "{}");

    assertThat(BackupDecision.of(b, stored(), PODS, List.of(b)))
        .isEqualTo(new BackupDecision.Start("c-3", "three"));
    assertThat(BackupDecision.of(b, stored(), PODS.subList(0, 2), List.of(b)))
        .isEqualTo(new BackupDecision.Start("c-1", "one"));
  }

  @Test
  void takesThePrimaryWhereTheBackupOrTheClusterAsksForIt() throws Exception {
    var b = backup("b", "{\"target\": \"primary\"}", "{}");
    var plain = backup("b", "{}", "{}");
    var cluster = cluster("{\"target\": \"primary\", \"barmanObjectStore\": {}}");

    assertThat(BackupDecision.of(b, stored(), PODS, List.of(b)))
        .isEqualTo(new BackupDecision.Start("c-1", "one"));
    assertThat(BackupDecision.of(plain, cluster, PODS, List.of(plain)))
        .isEqualTo(new BackupDecision.Start("c-1", "one"));
  }

  @Test
  void takesOneAfterTheOther() throws Exception {
    var first = backup("a", "{}", "{}");
    var second = backup("b", "{}", "{}");
    var running = backup("z", "{}", "{\"phase\": \"running\"}");

    assertThat(BackupDecision.of(second, stored(), PODS, List.of(first, second)))
        .isInstanceOf(BackupDecision.Pend.class);
    assertThat(BackupDecision.of(first, stored(), PODS, List.of(first, second)))
        .isInstanceOf(BackupDecision.Start.class);
    assertThat(BackupDecision.of(first, stored(), PODS, List.of(first, running)))
        .isInstanceOf(BackupDecision.Pend.class);
  }

  @Test
  void saysWhatKeepsABackupFromBeingTaken() throws Exception {
    var b = backup("b", "{}", "{}");
    var foreign =
        backup("b", "{\"method\": \"plugin\", \"pluginConfiguration\": {\"name\": \"x\"}}", "{}");

    assertThat(BackupDecision.of(b, null, PODS, List.of(b)))
        .isInstanceOf(BackupDecision.Pend.class);
    assertThat(BackupDecision.of(b, cluster("{}"), PODS, List.of(b)))
        .isInstanceOfSatisfying(
            BackupDecision.Fail.class,
            f -> assertThat(f.why()).contains("no spec.backup.barmanObjectStore; add it"));
    assertThat(BackupDecision.of(foreign, stored(), PODS, List.of(b)))
        .isInstanceOfSatisfying(
            BackupDecision.Fail.class, f -> assertThat(f.why()).contains("no plugin \"x\""));
  }

  @Test
  void beginsAnewWhenThePodEndedAndGivesUpAfterThreeTimes() throws Exception {
    String status =
        """
        {"phase": "running", "instanceID": {"podName": "c-3", "ContainerID": "%s"},
         "pluginMetadata": {"howdah.dev/attempts": "%d"}}
        """;
    var fine = backup("b", "{}", status.formatted("three", 1));
    var restarted = backup("b", "{}", status.formatted("old", 1));
    var hopeless = backup("b", "{}", status.formatted("old", 3));

    assertThat(BackupDecision.of(fine, stored(), PODS, List.of(fine)))
        .isInstanceOf(BackupDecision.Wait.class);
    assertThat(BackupDecision.of(restarted, stored(), PODS, List.of(restarted)))
        .isInstanceOf(BackupDecision.Restart.class);
    assertThat(BackupDecision.of(fine, stored(), List.of(), List.of(fine)))
        .isInstanceOf(BackupDecision.Restart.class);
    assertThat(BackupDecision.of(hopeless, stored(), PODS, List.of(hopeless)))
        .isInstanceOf(BackupDecision.Fail.class);
  }

  @Test
  void leavesAloneWhatIsOver() throws Exception {
    for (String phase : List.of("completed", "failed")) {
      var b = backup("b", "{}", "{\"phase\": \"" + phase + "\"}");

      assertThat(BackupDecision.of(b, null, List.of(), List.of()))
          .isEqualTo(new BackupDecision.Wait(null));
    }
  }

  private static BackupView held(String name, String status) throws Exception {
    var backup = backup(name, "{\"method\": \"volumeSnapshot\"}", status);
    backup.object().withObject("/metadata").putArray("finalizers").add(BackupView.FINALIZER);
    return backup;
  }

  @Test
  void theFenceOfAnotherBackupIsWaitedForUntilItIsTidiedUp() throws Exception {
    var cluster = cluster("{\"volumeSnapshot\": {\"online\": false}}");
    cluster.withObject("/metadata/annotations").put("cnpg.io/fencedInstances", "[\"c-2\"]");
    var next = backup("b", "{\"method\": \"volumeSnapshot\"}", "{}");
    var leaving = held("a", "{\"phase\": \"running\"}");
    leaving.object().withObject("/metadata").put("deletionTimestamp", "2026-11-20T01:00:00Z");

    for (var other :
        List.of(
            held("a", "{\"phase\": \"running\"}"), held("a", "{\"phase\": \"failed\"}"), leaving)) {
      assertThat(BackupDecision.of(next, cluster, PODS, List.of(next, other)))
          .isInstanceOfSatisfying(
              BackupDecision.Pend.class,
              pend -> assertThat(pend.why()).isEqualTo("waiting for Backup a"));
    }
  }

  @Test
  void oneThatIsHeldAlreadyGoesBeforeThoseWhoseTurnWasEarlier() throws Exception {
    var cluster = cluster("{\"volumeSnapshot\": {}}");
    var earlier = backup("a", "{\"method\": \"volumeSnapshot\"}", "{\"phase\": \"pending\"}");
    var held = held("b", "{}");
    var alsoHeld = held("c", "{}");
    var all = List.of(earlier, held, alsoHeld);

    assertThat(BackupDecision.of(earlier, cluster, PODS, all))
        .isInstanceOf(BackupDecision.Pend.class);
    assertThat(BackupDecision.of(held, cluster, PODS, all))
        .isInstanceOf(BackupDecision.Start.class);
    assertThat(BackupDecision.of(alsoHeld, cluster, PODS, all))
        .isInstanceOf(BackupDecision.Pend.class);
  }

  @Test
  void aBackupBySnapshotsHasANameThatFitsALabel() throws Exception {
    var cluster = cluster("{\"volumeSnapshot\": {}, \"barmanObjectStore\": {}}");
    var fits = backup("b".repeat(63), "{\"method\": \"volumeSnapshot\"}", "{}");
    var tooLong = backup("b".repeat(64), "{\"method\": \"volumeSnapshot\"}", "{}");
    var stored = backup("b".repeat(64), "{}", "{}");

    assertThat(BackupDecision.of(fits, cluster, PODS, List.of(fits)))
        .isInstanceOf(BackupDecision.Start.class);
    assertThat(BackupDecision.of(tooLong, cluster, PODS, List.of(tooLong)))
        .isInstanceOfSatisfying(
            BackupDecision.Fail.class,
            fail -> assertThat(fail.why()).contains("64 characters of at most 63", "shorter"));
    assertThat(BackupDecision.of(stored, cluster, PODS, List.of(stored)))
        .isInstanceOf(BackupDecision.Start.class);
  }

  @Test
  void anOfflineBackupDoesNotMixWithFencesOfOthers() throws Exception {
    var offline = backup("b", "{\"method\": \"volumeSnapshot\"}", "{}");
    var online = backup("b", "{\"method\": \"volumeSnapshot\", \"online\": true}", "{}");
    var cluster = cluster("{\"volumeSnapshot\": {\"online\": false}}");
    assertThat(BackupDecision.of(offline, cluster, PODS, List.of(offline)))
        .isInstanceOf(BackupDecision.Start.class);

    cluster.withObject("/metadata/annotations").put("cnpg.io/fencedInstances", "[\"c-2\"]");

    assertThat(BackupDecision.of(offline, cluster, PODS, List.of(offline)))
        .isInstanceOfSatisfying(
            BackupDecision.Fail.class,
            fail -> assertThat(fail.why()).contains("fenced instances (c-2)", "lift theirs first"));
    assertThat(BackupDecision.of(online, cluster, PODS, List.of(online)))
        .isInstanceOf(BackupDecision.Start.class);
  }
}
