// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.podruntime.probe.NetworkProbe;
import dev.howdah.podruntime.probe.Outcome;
import dev.howdah.podruntime.probe.Probe;
import dev.howdah.podruntime.volume.PodFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Lifecycle hooks of containers.
final class Hooks {
  private static final Duration POST_START_LIMIT = Duration.ofMinutes(10);

  private Hooks() {}

  /// Runs the postStart hook, if there is one, on a thread of its own; its failure ends the
  /// container.
  static void postStart(Container container, PodFacts facts, PodWorker pod) {
    JsonNode hook = container.spec().json().path("lifecycle").path("postStart");
    if (hook.isEmpty()) {
      return;
    }
    Thread.ofVirtual()
        .name("post-start")
        .start(() -> {
          try {
            Outcome outcome = run(container, hook, facts, pod, POST_START_LIMIT);
            if (!outcome.ok()) {
              pod.warn("FailedPostStartHook", "PostStartHook failed: " + outcome.message());
              pod.post(() -> container.stop(Duration.ofSeconds(2), facts, "FailedPostStartHook"));
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /// Runs the preStop hook, if there is one, and waits for it.
  static void preStop(Container container, PodFacts facts, Duration limit)
      throws InterruptedException {
    JsonNode hook = container.spec().json().path("lifecycle").path("preStop");
    if (!hook.isEmpty() && !limit.isZero()) {
      PodWorker pod = container.pod();
      Outcome outcome = run(container, hook, facts, pod, limit);
      if (!outcome.ok()) {
        pod.warn("FailedPreStopHook", "PreStopHook failed: " + outcome.message());
      }
    }
  }

  private static Outcome run(
      Container container, JsonNode hook, PodFacts facts, PodWorker pod, Duration limit)
      throws InterruptedException {
    if (hook.has("exec")) {
      List<String> command = new ArrayList<>();
      hook.path("exec").path("command").forEach(word -> command.add(word.asText()));
      return pod.programs().probe(container, command, limit);
    }
    if (hook.has("httpGet")) {
      return NetworkProbe.http(
          Probe.http(container.spec().json(), hook.path("httpGet"), facts.ip()), limit);
    }
    if (hook.has("sleep")) {
      Thread.sleep(Duration.ofSeconds(hook.path("sleep").path("seconds").asLong()));
    }
    return Outcome.OK;
  }
}
