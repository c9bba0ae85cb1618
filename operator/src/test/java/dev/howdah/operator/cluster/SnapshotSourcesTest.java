// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotSourcesTest {
  private static ObjectNode snapshot(String backup, String status) throws Exception {
    ObjectNode snapshot = Json.object(Resource.VOLUME_SNAPSHOTS, "ns", backup);
    snapshot.withObject("/metadata/labels").put("cnpg.io/backupName", backup);
    snapshot.set("status", Json.parse(status));
    return snapshot;
  }

  @Test
  void snapshotsOfOneBackupThatAreReadyWillDo() throws Exception {
    var ready = snapshot("s", "{\"readyToUse\": true}");

    assertThat(SnapshotSources.judge(Map.of("storage", ready, "walStorage", ready))).isEmpty();
  }

  @Test
  void whatIsNotReadyIsWaitedForAndItsErrorSaid() throws Exception {
    var broken = snapshot("s", "{\"error\": {\"message\": \"no space\"}}");

    assertThat(SnapshotSources.judge(Map.of("storage", broken)))
        .hasValue("storage: VolumeSnapshot s is not ready to use (no space)");
    assertThat(SnapshotSources.judge(Map.of("storage", snapshot("s", "{}"))))
        .hasValue("storage: VolumeSnapshot s is not ready to use; it is waited for");
  }

  @Test
  void snapshotsOfDifferentBackupsDoNotFitTogether() throws Exception {
    var a = snapshot("a", "{\"readyToUse\": true}");
    var b = snapshot("b", "{\"readyToUse\": true}");

    assertThat(SnapshotSources.judge(Map.of("storage", a, "walStorage", b)).orElseThrow())
        .contains("different Backups", "name those of one");
  }
}
