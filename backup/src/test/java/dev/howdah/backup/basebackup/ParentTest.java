// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.catalog.FileManifest;
import dev.howdah.backup.catalog.FileManifest.Sum;
import dev.howdah.backup.codec.Compression;
import dev.howdah.core.wal.Lsn;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParentTest {
  private static final Instant BEGAN = Instant.parse("2026-11-21T10:00:00.123456789Z");
  private static final Instant BEFORE = BEGAN.minusNanos(1);
  private static final Sum TABLE = new Sum(8192, BEFORE, 1);

  private static Parent parent(Sum table, boolean sound) {
    return new Parent(
        new FileManifest(Map.of("base/1/2", table)), Lsn.parse("0/3000028"), sound, null);
  }

  /// What a child reads of what its parent wrote.
  private static Sum noted(Instant modified) throws IOException {
    var sums = new FileSums();
    sums.settledBefore(BEGAN);
    sums.add("base/1/2", 8192, modified, 1);
    var manifest = sums.finish(1, "0/3000028", "0/3000100");
    try (var json = Compression.ZSTD.decompress(new ByteArrayInputStream(manifest))) {
      return FileManifest.parse(json).files().get("base/1/2");
    }
  }

  @Test
  void looksNotIntoAFileThatWasNotWrittenSince() throws IOException {
    assertThat(noted(BEFORE)).isEqualTo(TABLE);
    assertThat(parent(TABLE, true).isUntouched(TABLE, 8192, BEFORE)).isTrue();
  }

  @Test
  void looksIntoAFileOfAnotherSizeOrTime() {
    assertThat(parent(TABLE, true).isUntouched(TABLE, 16384, BEFORE)).isFalse();
    assertThat(parent(TABLE, true).isUntouched(TABLE, 8192, BEFORE.plusNanos(1))).isFalse();
    assertThat(parent(TABLE, true).isUntouched(TABLE, 8192, BEFORE.minusNanos(1))).isFalse();
  }

  /// However long the parent's copy went on: the control file that it holds was written at its end.
  @Test
  void looksIntoAFileThatWasWrittenWhileTheParentMayHaveReadIt() throws IOException {
    for (var modified : List.of(BEGAN, BEGAN.plusSeconds(3600))) {
      var before = noted(modified);

      assertThat(parent(before, true).isUntouched(before, 8192, modified)).isFalse();
      assertThat(before.modified()).isNull();
    }
  }

  @Test
  void looksIntoAllFilesWhereTheParentHadDamagedPages() {
    assertThat(parent(TABLE, false).isUntouched(TABLE, 8192, BEFORE)).isFalse();
  }
}
