// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GraceTest {
  private static final Duration STOP_DELAY = Duration.ofSeconds(1800);

  @Test
  void aPodThatWasDeletedByForceHasTwoSecondsForAll() {
    assertThat(within(null)).isEqualTo(Duration.ofSeconds(1));
    assertThat(within(pod("another", null))).isEqualTo(Duration.ofSeconds(1));
    assertThat(within(pod("uid", 0))).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aShorterGracePeriodLeavesTimeToReleaseTheLease() {
    assertThat(within(pod("uid", 8))).isEqualTo(Duration.ofSeconds(4));
    assertThat(within(pod("uid", 60))).isEqualTo(Duration.ofSeconds(50));
    assertThat(within(pod("uid", 1800))).isEqualTo(Duration.ofSeconds(1790));
  }

  @Test
  void whatWasNotDeletedHasAllThatTheClusterAllows() {
    assertThat(within(pod("uid", null))).isEqualTo(STOP_DELAY);
    assertThat(Grace.stopWithin(pod("uid", null), Incarnation.UNKNOWN, STOP_DELAY))
        .isEqualTo(STOP_DELAY);
  }

  private static Duration within(@Nullable ObjectNode pod) {
    return Grace.stopWithin(pod, "uid", STOP_DELAY);
  }

  private static ObjectNode pod(String uid, @Nullable Integer grace) {
    ObjectNode pod = Json.object();
    ObjectNode metadata = pod.putObject("metadata").put("uid", uid);
    if (grace != null) {
      metadata.put("deletionGracePeriodSeconds", grace);
    }
    return pod;
  }
}
