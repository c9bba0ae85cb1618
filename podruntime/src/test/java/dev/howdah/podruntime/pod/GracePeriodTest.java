// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class GracePeriodTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private final GracePeriod period = new GracePeriod();

  private static ObjectNode pod(int own) {
    ObjectNode pod = Json.object();
    pod.putObject("spec").put("terminationGracePeriodSeconds", own);
    return pod;
  }

  private static ObjectNode deleted(int own, int asked) {
    ObjectNode pod = pod(own);
    pod.putObject("metadata").put("deletionGracePeriodSeconds", asked);
    return pod;
  }

  private Duration left(ObjectNode pod, boolean gone, int after) {
    return period.left(pod, gone, NOW.plusSeconds(after));
  }

  @Test
  void isThirtySecondsWhereNobodySaysHowLong() {
    assertThat(left(Json.object(), false, 0)).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void runsOutAndIsNeverNegative() {
    assertThat(left(pod(10), false, 0)).isEqualTo(Duration.ofSeconds(10));
    assertThat(left(pod(10), false, 4)).isEqualTo(Duration.ofSeconds(6));
    assertThat(left(pod(10), false, 40)).isZero();
  }

  @Test
  void isWhatADeletionAsksForAndTwoSecondsAtLeast() {
    assertThat(left(deleted(600, 20), false, 0)).isEqualTo(Duration.ofSeconds(20));
    assertThat(left(deleted(600, 0), false, 5)).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void isNotProlongedByALaterDeletion() {
    left(deleted(600, 5), false, 0);

    assertThat(left(deleted(600, 500), false, 3)).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void isShortForAPodWhoseObjectIsGone() {
    assertThat(left(pod(600), true, 0)).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void isWhatTheRuntimeGivesWhenItCloses() {
    period.limit(Duration.ofSeconds(20));

    assertThat(left(pod(600), false, 0)).isEqualTo(Duration.ofSeconds(20));
    assertThat(left(pod(600), true, 5)).isEqualTo(Duration.ofSeconds(15));
  }

  /// The clock of a machine may be set back while a pod ends.
  @Test
  void isNotProlongedWhenTheClockIsSetBack() {
    left(pod(10), false, 0);

    assertThat(left(pod(10), false, -3600)).isEqualTo(Duration.ofSeconds(10));
  }
}
