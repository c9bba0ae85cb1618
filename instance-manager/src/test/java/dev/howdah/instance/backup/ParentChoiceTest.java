// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.backup.catalog.BackupInfo;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParentChoiceTest {
  private static final Instant NOW = Instant.parse("2026-11-10T00:00:00Z");
  private static final BackupInfo FULL = backup("20261101T000000", "", "2026-11-01");
  private static final BackupInfo CHILD =
      backup("20261102T000000i", "20261101T000000", "2026-11-02");

  private static BackupInfo backup(String id, String parent, String day) {
    var values = new java.util.HashMap<>(Map.of("status", "DONE"));
    values.put("end_time", day + " 00:00:00+00:00");
    if (!parent.isEmpty()) {
      values.put("parent_backup_id", parent);
    }
    return new BackupInfo(id, values);
  }

  @Test
  void buildsOnTheNewestWhileTheFullOneIsYoung() {
    assertThat(ParentChoice.of("true", List.of(FULL, CHILD), NOW)).contains(CHILD);
    assertThat(ParentChoice.of("10d", List.of(FULL, CHILD), NOW)).contains(CHILD);
    assertThat(ParentChoice.of("10d", List.of(FULL), NOW)).contains(FULL);
  }

  @Test
  void takesAFullOneWhereNothingYoungIsThereOrItWasNotAskedFor() {
    assertThat(ParentChoice.of("8d", List.of(FULL, CHILD), NOW)).isEmpty();
    assertThat(ParentChoice.of("true", List.of(), NOW)).isEmpty();
    assertThat(ParentChoice.of("true", List.of(CHILD), NOW)).as("its parent is gone").isEmpty();
    assertThat(ParentChoice.of("", List.of(FULL), NOW)).isEmpty();
    assertThat(ParentChoice.of("false", List.of(FULL), NOW)).isEmpty();
  }

  @Test
  void refusesWhatIsNoAge() {
    assertThatThrownBy(() -> ParentChoice.of("often", List.of(FULL), NOW))
        .hasMessageContaining("annotation howdah.dev/incremental: \"often\" is not valid");
  }
}
