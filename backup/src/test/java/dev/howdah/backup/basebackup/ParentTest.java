// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.catalog.FileManifest;
import dev.howdah.backup.catalog.FileManifest.Sum;
import dev.howdah.core.wal.Lsn;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ParentTest {
  private static final Instant BEGAN = Instant.parse("2026-11-21T10:00:00.123456789Z");
  private static final Instant LONG_BEFORE = BEGAN.minusSeconds(11);
  private static final Sum TABLE = new Sum(8192, LONG_BEFORE, 1);

  private static Parent parent(@Nullable Instant began) {
    return new Parent(
        new FileManifest(Map.of("global/pg_control", new Sum(8192, began, 2), "base/1/2", TABLE)),
        Lsn.parse("0/3000028"));
  }

  @Test
  void looksNotIntoAFileThatWasNotWrittenSince() {
    assertThat(parent(BEGAN).isUntouched(TABLE, 8192, LONG_BEFORE)).isTrue();
  }

  @Test
  void looksIntoAFileOfAnotherSizeOrTime() {
    assertThat(parent(BEGAN).isUntouched(TABLE, 16384, LONG_BEFORE)).isFalse();
    assertThat(parent(BEGAN).isUntouched(TABLE, 8192, LONG_BEFORE.plusNanos(1))).isFalse();
    assertThat(parent(BEGAN).isUntouched(TABLE, 8192, LONG_BEFORE.minusNanos(1))).isFalse();
  }

  @Test
  void looksIntoAFileThatMayHaveBeenWrittenAgainInTheSameTick() {
    var just = BEGAN.minusSeconds(9);

    assertThat(parent(BEGAN).isUntouched(new Sum(8192, just, 1), 8192, just)).isFalse();
  }

  @Test
  void looksIntoAllFilesWhereTheParentSaysNoTimesOrSecondsOnly() {
    assertThat(parent(null).isUntouched(TABLE, 8192, LONG_BEFORE)).isFalse();
    assertThat(parent(BEGAN).isUntouched(new Sum(8192, null, 1), 8192, LONG_BEFORE)).isFalse();
  }
}
