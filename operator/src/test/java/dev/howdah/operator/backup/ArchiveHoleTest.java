// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchiveHoleTest {
  private static ArchiveHole hole(String status) {
    ObjectNode cluster = Json.object();
    cluster
        .withArray("/status/conditions")
        .addObject()
        .put("type", "ArchiveComplete")
        .put("status", status)
        .put("lastTransitionTime", "2026-11-21T10:00:00Z");
    return ArchiveHole.of(cluster);
  }

  private static List<BackupView> backup(String created) {
    ObjectNode backup = Json.object();
    backup.putObject("metadata").put("creationTimestamp", created);
    return List.of(new BackupView(backup));
  }

  @Test
  void wantsOneBackupThatIsMadeAfterTheHoleWasFound() {
    assertThat(hole("False").wantsBackup(List.of())).isTrue();
    assertThat(hole("False").wantsBackup(backup("2026-11-21T09:59:59Z"))).isTrue();
    assertThat(hole("False").wantsBackup(backup("2026-11-21T10:00:00Z"))).isFalse();
  }

  @Test
  void wantsNothingWhereNoWalIsMissing() {
    assertThat(hole("True").wantsBackup(List.of())).isFalse();
    assertThat(ArchiveHole.of(Json.object()).wantsBackup(List.of())).isFalse();
  }
}
