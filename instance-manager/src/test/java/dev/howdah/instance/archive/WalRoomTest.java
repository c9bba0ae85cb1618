// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.postgres.data.VolumeRoom;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalRoomTest {
  private static final long SEGMENT = 16L << 20;
  private static final long GB = 1L << 30;

  @Test
  void warnsOnceWalWaitsAndRoomIsScarce() {
    assertThat(new WalRoom(40, new VolumeRoom(150L << 20, GB)).warning(SEGMENT))
        .hasValueSatisfying(text ->
            assertThat(text)
                .contains("40 WAL files wait", "150 MB of 1024 MB", "ContinuousArchiving"));
    assertThat(new WalRoom(40, new VolumeRoom(120L << 20, GB / 2)).warning(SEGMENT)).isPresent();
  }

  @Test
  void isSilentWhileThereIsRoomOrWalGoesItsWay() {
    assertThat(new WalRoom(40, new VolumeRoom(GB, 2 * GB)).warning(SEGMENT)).isEmpty();
    assertThat(new WalRoom(2, new VolumeRoom(1 << 20, GB)).warning(SEGMENT)).isEmpty();
  }

  @Test
  void countsWhatWaits(@TempDir Path wal) throws Exception {
    Path status = Files.createDirectory(wal.resolve("archive_status"));
    Files.createFile(status.resolve("000000010000000000000001.done"));
    Files.createFile(status.resolve("000000010000000000000002.ready"));

    assertThat(WalRoom.of(wal).waiting()).isEqualTo(1);
    assertThat(WalRoom.of(wal).room().total()).isPositive();
  }
}
