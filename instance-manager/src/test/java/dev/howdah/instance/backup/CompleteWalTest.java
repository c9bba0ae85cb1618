// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.codec.Compression;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.file.FileStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompleteWalTest {
  private static final long SEGMENT = 16 << 20;

  @TempDir private Path folder;
  private FileStore store;

  @BeforeEach
  void open() {
    store = new FileStore(folder);
  }

  private void archive(String... names) {
    for (var name : names) {
      put(name.substring(0, 16) + "/" + name, "wal");
    }
  }

  private void put(String path, String text) {
    store.put("pg/wals/" + path, Body.of(text.getBytes(StandardCharsets.UTF_8)), PutOptions.PLAIN);
  }

  private void await(String begin, String end) {
    CompleteWal.awaitWal(
        new WalArchive(store, "pg", WalArchive.Settings.of(Compression.NONE, SEGMENT)),
        WalSegment.parse(begin, SEGMENT).orElseThrow(),
        WalSegment.parse(end, SEGMENT).orElseThrow(),
        () -> {},
        Duration.ZERO);
  }

  @Test
  void needsAllFromTheBeginToTheEnd() {
    archive("0000000100000000000000FE", "000000010000000100000000");

    assertThatThrownBy(() -> await("0000000100000000000000FE", "000000010000000100000000"))
        .hasMessageContaining("0000000100000000000000FF is missing");

    archive("0000000100000000000000FF");
    assertThatCode(() -> await("0000000100000000000000FE", "000000010000000100000000"))
        .doesNotThrowAnyException();
  }

  @Test
  void needsAllOfTheWayOverAFailover() {
    archive("000000010000000000000005", "000000020000000000000008", "000000020000000000000009");
    archive("000000010000000000000007"); // as far as it was filled, the successor begins with it

    assertThatThrownBy(() -> await("000000010000000000000005", "000000020000000000000009"))
        .hasMessageContaining("00000002.history is missing");

    put("00000002.history", "1\t0/7800000\tno recovery target specified\n");
    archive("000000010000000000000006");
    assertThatThrownBy(() -> await("000000010000000000000005", "000000020000000000000009"))
        .hasMessageContaining("000000020000000000000007 is missing");

    archive("000000020000000000000007");
    assertThatCode(() -> await("000000010000000000000005", "000000020000000000000009"))
        .doesNotThrowAnyException();
  }
}
