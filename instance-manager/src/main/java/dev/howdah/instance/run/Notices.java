// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.kube.EventRecorder;
import java.util.Optional;
import java.util.function.Supplier;

/// Which steps of leadership are told as Kubernetes events of the Cluster.
final class Notices {
  private Notices() {}

  /// An event as people read it.
  private record Told(boolean warning, String reason, String message) {}

  /// Tells it, if it is one of them; nobody waits for the API server.
  static void tell(
      Notice notice, String instance, EventRecorder recorder, Supplier<JsonNode> cluster) {
    event(notice, instance)
        .ifPresent(event ->
            Thread.ofVirtual()
                .start(() -> {
                  if (event.warning()) {
                    recorder.warning(cluster.get(), event.reason(), event.message());
                  } else {
                    recorder.normal(cluster.get(), event.reason(), event.message());
                  }
                }));
  }

  private static Optional<Told> event(Notice notice, String instance) {
    return switch (notice.kind()) {
      case ELECTED ->
          Optional.of(
              new Told(
                  false,
                  "Elected",
                  "%s was elected for term %d at %s"
                      .formatted(instance, notice.term(), notice.position())));
      case PROMOTED ->
          Optional.of(
              new Told(
                  false,
                  "Promoted",
                  "%s is primary now, on timeline %s"
                      .formatted(instance, notice.position().timeline())));
      case CRASHED ->
          Optional.of(new Told(true, "PostgresCrashed", instance + ": " + notice.text()));
      case GAVE_UP ->
          Optional.of(
              new Told(
                  true,
                  "GaveUp",
                  "%s doesn't get PostgreSQL to accept writes: %s. It stops PostgreSQL and lets"
                          .formatted(instance, notice.text())
                      + " others take over; only if nobody does it tries again, later and later."
                      + " Look at its volume, at the log of its pod, and at what that waits for"));
      case RESTARTED_IN_PLACE ->
          Optional.of(
              new Told(
                  false, "RestartedInPlace", instance + " restarts in place: " + notice.text()));
      case FENCED ->
          Optional.of(
              new Told(true, "SelfFenced", instance + " stopped PostgreSQL: " + notice.text()));
      case SWITCHOVER ->
          Optional.of(new Told(false, "HandingOver", instance + " hands over " + notice.text()));
      case SWITCHOVER_ABORTED -> Optional.of(new Told(true, "SwitchoverAborted", notice.text()));
      case RESTORED_CONTROL_PLANE ->
          Optional.of(
              new Told(
                  true,
                  "LeaseRestored",
                  "the Lease is older than what %s has seen: %s"
                      .formatted(instance, notice.text())));
      case RENEWAL_FAILED ->
          Optional.of(new Told(true, "RenewalFailed", instance + " can't renew: " + notice.text()));
      case ADOPTED ->
          Optional.of(
              new Told(
                  true,
                  "InstanceManagerDied",
                  instance + ": the instance manager died; PostgreSQL went on without a break"));
      case ACQUIRED, FAILSAFE, RELEASED, CANDIDATE, VOTED, REFUSED, SYNC_CHANGED, WAITING ->
          Optional.empty();
    };
  }
}
