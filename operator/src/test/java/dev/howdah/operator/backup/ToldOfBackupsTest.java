// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ToldOfBackupsTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  private static ToldOfBackups hole(String status) {
    ObjectNode cluster = Json.object();
    cluster
        .withArray("/status/conditions")
        .addObject()
        .put("type", "ArchiveComplete")
        .put("status", status)
        .put("lastTransitionTime", "2026-11-21T10:00:00Z");
    return ToldOfBackups.of(cluster);
  }

  private static List<BackupView> backup(String created, String method, String phase) {
    ObjectNode backup = Json.object();
    backup.putObject("metadata").put("creationTimestamp", created);
    backup.putObject("spec").put("method", method);
    backup.putObject("status").put("phase", phase);
    return List.of(new BackupView(backup));
  }

  @Test
  void wantsOneBackupThatIsMadeAfterTheHoleWasFound() {
    assertThat(hole("False").wantsBackup(List.of(), NOW)).isTrue();
    assertThat(hole("False").wantsBackup(backup("2026-11-21T09:59:59Z", "", "running"), NOW))
        .isTrue();
    assertThat(hole("False").wantsBackup(backup("2026-11-21T10:00:00Z", "", "running"), NOW))
        .isFalse();
  }

  @Test
  void wantsAnotherWhereNoneLedIntoTheArchive() {
    String since = "2026-11-21T10:30:00Z";
    String lately = "2026-11-21T11:58:00Z";
    var hole = hole("False");
    assertThat(hole.wantsBackup(backup(since, "plugin", "completed"), NOW)).isFalse();
    assertThat(hole.wantsBackup(backup(since, "volumeSnapshot", "completed"), NOW)).isTrue();
    assertThat(hole.wantsBackup(backup(since, "barmanObjectStore", "failed"), NOW)).isTrue();
    assertThat(hole.wantsBackup(backup(lately, "plugin", "failed"), NOW)).isFalse();
  }

  @Test
  void wantsNothingWhereNoWalIsMissing() {
    assertThat(hole("True").wantsBackup(List.of(), NOW)).isFalse();
    assertThat(ToldOfBackups.of(Json.object()).wantsBackup(List.of(), NOW)).isFalse();
  }
}
