// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.controller.JobPlan.Verdict;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DecisionsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private static JobPlan job(String spec, int active, int succeeded, int failed) throws Exception {
    ObjectNode job = Json.object();
    job.set("spec", Json.parse(spec));
    return JobPlan.decide(
        new JobPlan.View(
            job,
            active,
            succeeded,
            failed,
            0,
            NOW.minusSeconds(60),
            NOW,
            NOW,
            Duration.ofSeconds(1)));
  }

  @Test
  void aJobMakesPodsUntilEnoughHaveSucceeded() throws Exception {
    assertThat(job("{}", 0, 0, 0).create()).isEqualTo(1);
    assertThat(job("{}", 1, 0, 0).create()).isZero();
    assertThat(job("{\"completions\":3,\"parallelism\":2}", 0, 2, 0).create()).isEqualTo(1);
    assertThat(job("{}", 0, 1, 0).verdict()).isEqualTo(new Verdict.Complete());
  }

  @Test
  void aJobWaitsAfterAFailureAndGivesUpInTheEnd() throws Exception {
    var waiting = job("{}", 0, 0, 2);
    assertThat(waiting.create()).isZero();
    assertThat(waiting.lookAgain()).isEqualTo(NOW.plusSeconds(2));

    assertThat(job("{\"backoffLimit\":1}", 0, 0, 2).verdict()).isInstanceOf(Verdict.Failed.class);
    assertThat(job("{\"activeDeadlineSeconds\":60}", 1, 0, 0).verdict())
        .isInstanceOf(Verdict.Failed.class);
    assertThat(job("{\"suspend\":true}", 1, 0, 0).stop()).isTrue();
  }

  private static Rollout roll(String spec, int fresh, int old, int available) throws Exception {
    ObjectNode deployment = Json.object();
    deployment.set("spec", Json.parse(spec));
    return Rollout.decide(new Rollout.View(deployment, fresh, old, old, available));
  }

  @Test
  void aRolloutKeepsEnoughPodsAvailable() throws Exception {
    assertThat(roll("{\"replicas\":4}", 0, 4, 4)).isEqualTo(new Rollout(1, 3));
    assertThat(roll("{\"replicas\":4}", 1, 3, 3)).isEqualTo(new Rollout(2, 3));
    assertThat(roll("{\"replicas\":4}", 4, 0, 4)).isEqualTo(new Rollout(4, 0));
    assertThat(roll("{\"replicas\":2,\"strategy\":{\"type\":\"Recreate\"}}", 0, 2, 2))
        .isEqualTo(new Rollout(0, 0));
  }
}
