// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.wal.Timeline;
import dev.howdah.kube.ClusterStatus.Condition;
import dev.howdah.kube.Json;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.postgres.data.DataDirectory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveHolesTest {
  private static final long SEGMENT = 16 << 20;

  @TempDir private Path folder;
  private Stores.Opened store;
  private ArchiveHoles holes;
  private long now;

  @BeforeEach
  void aBackupAndWalWithAHole() throws Exception {
    store = FolderStore.open(folder.resolve("store"));
    Files.createDirectories(folder.resolve("pgdata/pg_wal"));
    holes = new ArchiveHoles(new DataDirectory(folder.resolve("pgdata")), () -> now);
    put(
        "base/20261121T000000/backup.info",
        """
        status=DONE
        begin_time=2026-11-21 00:00:00+00:00
        end_time=2026-11-21 00:00:01+00:00
        begin_wal=000000010000000000000001
        end_wal=000000010000000000000001
        timeline=1
        """);
    segment(1);
    segment(3);
  }

  private void put(String key, String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    store.store().put("server/" + key, Body.of(bytes), PutOptions.PLAIN);
  }

  private void segment(int number) {
    put("wals/0000000100000000/00000001000000000000000" + number, "wal");
  }

  private Condition look(ObjectNode cluster) throws Exception {
    return holes.look(store, new Timeline(1), SEGMENT, cluster);
  }

  private static ObjectNode saying(String status) {
    ObjectNode cluster = Json.object();
    cluster
        .putObject("status")
        .putArray("conditions")
        .addObject()
        .put("type", ArchiveHoles.CONDITION)
        .put("status", status);
    return cluster;
  }

  private boolean isDueAfter(Duration time, ObjectNode cluster) {
    now += time.toNanos();
    return holes.isDue(cluster);
  }

  @Test
  void looksSoonAgainWhileThereIsAHole() throws Exception {
    assertThat(look(Json.object()).status()).isFalse();

    assertThat(isDueAfter(Duration.ofSeconds(10), Json.object())).isFalse();
    assertThat(isDueAfter(Duration.ofSeconds(21), Json.object())).isTrue();
  }

  @Test
  void looksSeldomWhereNothingIsMissing() throws Exception {
    segment(2);

    assertThat(look(Json.object())).isNull();
    assertThat(isDueAfter(Duration.ofMinutes(10), Json.object())).isFalse();
    assertThat(isDueAfter(Duration.ofMinutes(21), Json.object())).isTrue();
  }

  /// The API server may have been away when it was to be told.
  @Test
  void looksSoonAgainWhileTheClusterStillSaysThatThereIsOne() throws Exception {
    look(Json.object());
    segment(2);
    assertThat(look(saying("False")).status()).isTrue();

    assertThat(isDueAfter(Duration.ofSeconds(31), saying("False"))).isTrue();
    assertThat(look(saying("False")).status()).isTrue();
    assertThat(isDueAfter(Duration.ofSeconds(31), saying("True"))).isFalse();
  }

  /// What is known of the Cluster may lag behind what was written a moment ago.
  @Test
  void saysThatAHoleIsGoneOnceItIsSeenThatOneWasSaid() throws Exception {
    look(Json.object());
    segment(2);
    assertThat(look(Json.object())).isNull();

    assertThat(isDueAfter(Duration.ofSeconds(31), saying("False"))).isTrue();
    assertThat(look(saying("False")).status()).isTrue();
  }

  @Test
  void looksAtOnceWhenABackupWasTakenThatMayEndAHole() throws Exception {
    look(Json.object());
    ObjectNode after = saying("False");
    after.withObject("/status").put("lastSuccessfulBackup", "2026-11-21T01:00:00Z");

    assertThat(isDueAfter(Duration.ofSeconds(1), after)).isTrue();
    assertThat(look(after).status()).isFalse();
    assertThat(isDueAfter(Duration.ofSeconds(1), after)).isFalse();
  }
}
