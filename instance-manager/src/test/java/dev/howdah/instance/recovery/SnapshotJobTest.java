// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.wal.Lsn;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.config.RecoveryTarget;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class SnapshotJobTest {
  private static final RecoveryTarget IMMEDIATE =
      new RecoveryTarget("latest", new RecoveryTarget.Point.Immediate(), false);

  private static ObjectNode snapshot(String from) {
    String label = "START WAL LOCATION: 0/4000028\nBACKUP FROM: %s\n".formatted(from);
    ObjectNode snapshot = Json.object(Resource.VOLUME_SNAPSHOTS, "ns", "s");
    snapshot
        .withObject("/metadata/annotations")
        .put("cnpg.io/onlineBackup", "true")
        .put("howdah.dev/backupEndLSN", "0/5000060")
        .put(
            "cnpg.io/backupLabelFile",
            Base64.getEncoder().encodeToString(label.getBytes(StandardCharsets.UTF_8)));
    return snapshot;
  }

  @Test
  void immediatelyAfterTheBackupOfAStandbyIsItsEnd() {
    assertThat(SnapshotJob.reachable(snapshot("standby"), IMMEDIATE))
        .isEqualTo(
            new RecoveryTarget(
                "latest", new RecoveryTarget.Point.Position(Lsn.parse("0/5000060")), true));
    assertThat(SnapshotJob.reachable(snapshot("primary"), IMMEDIATE)).isEqualTo(IMMEDIATE);
    assertThat(SnapshotJob.reachable(snapshot("standby"), RecoveryTarget.latest()))
        .isEqualTo(RecoveryTarget.latest());
    assertThat(SnapshotJob.reachable(null, IMMEDIATE)).isEqualTo(IMMEDIATE);
    ObjectNode stopped = snapshot("standby");
    stopped.withObject("/metadata/annotations").put("cnpg.io/onlineBackup", "false");
    assertThat(SnapshotJob.reachable(stopped, IMMEDIATE)).isEqualTo(IMMEDIATE);
  }

  @Test
  void aRunThatWasCutShortIsRepeatedOnItsTimelineOnly() {
    String mark = SnapshotJob.mark("", 3);

    assertThat(SnapshotJob.mark(mark, 3)).isEqualTo(mark);
    assertThatThrownBy(() -> SnapshotJob.mark(mark, 4))
        .hasMessageContaining("cut short after it had begun a new timeline");
    assertThatThrownBy(() -> SnapshotJob.mark("clone of c-1", 3))
        .hasMessageContaining("just being made (clone of c-1)");
  }

  @Test
  void whyItFailedIsSaidAgain() {
    assertThatThrownBy(() -> SnapshotJob.mark("recovery from snapshots failed: too early", 4))
        .hasMessage("too early");
  }
}
