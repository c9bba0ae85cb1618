// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecoveryTargetTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private static RecoveryTarget target(String yaml) throws Exception {
    return RecoveryTarget.fromJson(YAML.readTree(yaml));
  }

  @Test
  void writesEachKindOfTarget() throws Exception {
    assertThat(target("{}").parameters())
        .containsEntry("recovery_target_timeline", "latest")
        .containsEntry("recovery_target_action", "promote")
        .hasSize(2);
    assertThat(target("{targetImmediate: true, exclusive: true}").parameters())
        .containsEntry("recovery_target", "immediate")
        .doesNotContainKey("recovery_target_inclusive");
    assertThat(
            target("{targetTime: '2026-01-02T03:04:05.5+02:00', targetTLI: '3', exclusive: true}")
                .parameters())
        .containsEntry("recovery_target_time", "2026-01-02 01:04:05.500000+00")
        .containsEntry("recovery_target_timeline", "3")
        .containsEntry("recovery_target_inclusive", "off");
    assertThat(target("{targetLSN: 0/3000000}").parameters())
        .containsEntry("recovery_target_lsn", "0/3000000");
    assertThat(target("{targetXID: '4294967295'}").parameters())
        .containsEntry("recovery_target_xid", "4294967295");
    assertThat(target("{targetName: before it}").parameters())
        .containsEntry("recovery_target_name", "before it");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-02T03:04:05Z, 2026-01-02T03:04:05Z",
    "2026-01-02 03:04:05, 2026-01-02T03:04:05Z",
    "2026-01-02 03:04:05.678901+02, 2026-01-02T01:04:05.678901Z",
    "2026-01-02 03:04:05+0530, 2026-01-01T21:34:05Z",
    "2026-01-02T03:04:05-08:00, 2026-01-02T11:04:05Z",
    "2026-01-02 03:04, 2026-01-02T03:04:00Z"
  })
  void readsTimesAsPeopleWriteThem(String text, Instant expected) {
    assertThat(RecoveryTarget.parseTime(text)).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{targetTime: yesterday}", "{targetLSN: '12'}", "{targetXID: '4294967296'}",
        "{targetXID: '-1'}", "{targetTLI: '0'}", "{targetTLI: newest}"
      })
  void refusesWhatPostgresqlWouldNotRead(String yaml) {
    assertThatThrownBy(() -> target(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("spec.bootstrap.recovery.recoveryTarget.target");
  }
}
