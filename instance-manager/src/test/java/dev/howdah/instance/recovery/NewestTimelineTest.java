// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.kube.Json;
import dev.howdah.postgres.config.RecoveryTarget;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NewestTimelineTest {
  private static NewestTimeline archive(String... names) {
    return NewestTimeline.of(
        Stream.of(names).map(name -> WalFile.named(name).orElseThrow()).toList());
  }

  private static String segment(int timeline) {
    return "%08X0000000000000005".formatted(timeline);
  }

  private static String reached(NewestTimeline archive, int from, String target) throws Exception {
    return archive
        .target(RecoveryTarget.fromJson(Json.parse(target)), from, "s3://b/x/a")
        .timeline();
  }

  @Test
  void leavesToPostgresWhatItFinds() throws Exception {
    var whole = archive(segment(1), segment(2), segment(3), "00000002.history", "00000003.history");

    assertThat(reached(whole, 1, "{}")).isEqualTo("latest");
    assertThat(reached(whole, 3, "{}")).isEqualTo("latest");
    assertThat(reached(archive(segment(1)), 1, "{}")).isEqualTo("latest");
    // begun on a later one, as a Cluster that was copied
    assertThat(reached(archive(segment(5)), 5, "{}")).isEqualTo("latest");
  }

  @Test
  void namesTheTimelineWhereAHistoryIsMissingInBetween() throws Exception {
    var hole = archive(segment(1), segment(2), segment(3), "00000003.history");

    assertThat(reached(hole, 1, "{}")).isEqualTo("3");
    assertThat(reached(hole, 1, "{\"targetTime\": \"2026-11-22T00:00:00Z\"}")).isEqualTo("3");
    assertThat(reached(hole, 2, "{}")).isEqualTo("latest");
    assertThat(reached(hole, 1, "{\"targetTLI\": \"current\"}")).isEqualTo("current");
    assertThat(reached(hole, 1, "{\"targetImmediate\": true}")).isEqualTo("latest");
  }

  @Test
  void refusesWhereNobodyKnowsTheWay() throws Exception {
    var lost = archive(segment(1), segment(2), segment(3), "00000002.history");

    assertThatThrownBy(() -> reached(lost, 1, "{}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("00000003.history is missing in s3://b/x/a/wals")
        .hasMessageContaining("recoveryTarget.targetTLI");
    assertThat(reached(lost, 1, "{\"targetTLI\": \"2\"}")).isEqualTo("2");
    assertThat(reached(lost, 3, "{}")).isEqualTo("latest");
  }
}
