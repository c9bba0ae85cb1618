// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.kube.Json;
import dev.howdah.podruntime.pod.ContainerSpec.Kind;
import dev.howdah.podruntime.pod.ContainerState.Ended;
import dev.howdah.podruntime.pod.PodPlan.Action.Start;
import dev.howdah.podruntime.pod.PodPlan.Action.Stop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodPlanTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private static ContainerState fresh(String name, Kind kind) {
    return ContainerState.fresh(new ContainerSpec(name, kind, Json.object()));
  }

  private static ContainerState up(String name, Kind kind) {
    return fresh(name, kind).running(NOW).probed(true, true);
  }

  private static ContainerState ended(String name, Kind kind, int code, Duration wait) {
    var ended = new Ended(0, code, "", "", NOW, NOW);
    return fresh(name, kind).ended(ended, NOW.plus(wait));
  }

  private static PodPlan decide(
      RestartPolicy policy, boolean begun, boolean stopping, ContainerState... states) {
    return PodPlan.decide(new PodPlan.View(policy, List.of(states), begun, stopping, NOW));
  }

  @Test
  void startsInitContainersOneAfterTheOther() {
    var waiting =
        decide(
            RestartPolicy.ALWAYS,
            false,
            false,
            fresh("a", Kind.INIT),
            fresh("b", Kind.INIT),
            fresh("m", Kind.MAIN));
    assertThat(waiting.actions()).containsExactly(new Start("a"));

    var next =
        decide(
            RestartPolicy.ALWAYS,
            false,
            false,
            ended("a", Kind.INIT, 0, Duration.ZERO),
            fresh("b", Kind.INIT),
            fresh("m", Kind.MAIN));
    assertThat(next.actions()).containsExactly(new Start("b"));
  }

  @Test
  void aSidecarHoldsBackTheRestOnlyUntilItIsUp() {
    var starting = fresh("side", Kind.SIDECAR).running(NOW);
    assertThat(
            decide(RestartPolicy.ALWAYS, false, false, starting, fresh("m", Kind.MAIN)).actions())
        .isEmpty();
    assertThat(
            decide(
                    RestartPolicy.ALWAYS,
                    false,
                    false,
                    up("side", Kind.SIDECAR),
                    fresh("m", Kind.MAIN))
                .actions())
        .containsExactly(new Start("m"));
  }

  @Test
  void restartsAsThePolicySaysAndNotBeforeItsTime() {
    var failed = ended("m", Kind.MAIN, 1, Duration.ofSeconds(3));
    var later = decide(RestartPolicy.ALWAYS, true, false, failed);
    assertThat(later.actions()).isEmpty();
    assertThat(later.lookAgain()).isEqualTo(NOW.plusSeconds(3));

    assertThat(
            decide(RestartPolicy.ALWAYS, true, false, ended("m", Kind.MAIN, 0, Duration.ZERO))
                .actions())
        .containsExactly(new Start("m"));
    assertThat(
            decide(RestartPolicy.ON_FAILURE, true, false, ended("m", Kind.MAIN, 0, Duration.ZERO))
                .actions())
        .isEmpty();
    assertThat(
            decide(RestartPolicy.NEVER, true, false, ended("m", Kind.MAIN, 1, Duration.ZERO))
                .actions())
        .isEmpty();
  }

  @Test
  void stopsSidecarsLastAndInReverse() {
    assertThat(
            decide(
                    RestartPolicy.ALWAYS,
                    true,
                    true,
                    up("s1", Kind.SIDECAR),
                    up("s2", Kind.SIDECAR),
                    up("m", Kind.MAIN))
                .actions())
        .containsExactly(new Stop("m"));
    assertThat(
            decide(
                    RestartPolicy.NEVER,
                    true,
                    false,
                    up("s1", Kind.SIDECAR),
                    up("s2", Kind.SIDECAR),
                    ended("m", Kind.MAIN, 0, Duration.ZERO))
                .actions())
        .containsExactly(new Stop("s2"));
  }

  @Test
  void anInitContainerThatFailsForGoodEndsThePod() {
    var view =
        new PodPlan.View(
            RestartPolicy.NEVER,
            List.of(ended("a", Kind.INIT, 1, Duration.ZERO), fresh("m", Kind.MAIN)),
            false,
            false,
            NOW);

    assertThat(PodPlan.decide(view).actions()).isEmpty();
    assertThat(view.isOver()).isTrue();
  }

  @Test
  void waitsTwiceAsLongEachTime() {
    var backoff = new Backoff(Duration.ofSeconds(10), Duration.ofMinutes(5));

    assertThat(List.of(backoff.delay(0), backoff.delay(1), backoff.delay(3), backoff.delay(60)))
        .containsExactly(
            Duration.ZERO, Duration.ofSeconds(10), Duration.ofSeconds(40), Duration.ofMinutes(5));
  }
}
