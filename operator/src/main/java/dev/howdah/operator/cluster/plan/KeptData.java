// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// What a Restore in place has kept on the volumes of its instance: all that was written before it,
/// which may be in no archive. It is noted on the claim of the data, since Restores can be deleted;
/// as long as its day isn't over, nothing else takes those volumes away.
final class KeptData {
  /// On the claim of the data: since when its volumes hold what a Restore has kept.
  private static final String SINCE = "howdah.dev/keptDataSince";

  /// On the Cluster: what Restores have kept before this moment is not needed any more.
  private static final String NOT_NEEDED = "howdah.dev/keptDataNotNeeded";

  private static final Duration KEPT_FOR = Duration.ofHours(24);

  private KeptData() {}

  /// Notes it after a Restore, on a data volume that is there.
  ///
  /// @param begun when the Restore began
  /// @return whether it was noted before
  static boolean note(ClusterView view, Instance instance, String begun, Draft draft) {
    boolean noted = !instance.data().map(v -> v.meta().annotation(SINCE)).orElse("").isEmpty();
    if (noted && !since(instance).isBefore(instant(begun))) {
      return true;
    }
    draft.annotate(
        instance,
        SINCE,
        view.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        "its volumes hold the data of before the Restore");
    return false;
  }

  /// When the instance's data was restored last; long ago if it wasn't.
  static Instant since(Instance instance) {
    return instance
        .data()
        .map(volume -> instant(volume.meta().annotation(SINCE)))
        .orElse(Instant.EPOCH);
  }

  /// Whether the instance's volumes hold what may still be needed.
  static boolean isOn(ClusterView view, Instance instance) {
    Instant since = since(instance);
    return since.plus(KEPT_FOR).isAfter(view.now())
        && !since.isBefore(instant(view.cluster().meta().annotation(NOT_NEEDED)));
  }

  /// The instance other than this one whose volumes hold it.
  static Optional<Instance> elsewhere(ClusterView view, String instance) {
    return view.existing().stream()
        .filter(other -> !other.name().equals(instance) && isOn(view, other))
        .findFirst();
  }

  /// For a person: what to do when it is in the way.
  static String advice(ClusterView view, String instance) {
    return "the volumes of %s keep the data of before the last restore until %s; make it the primary (howdah promote %s %s), or say that this data isn't needed any more: howdah restore %s --forget"
        .formatted(
            instance,
            view.instance(instance).map(KeptData::since).orElse(view.now()).plus(KEPT_FOR),
            view.cluster().name(),
            instance,
            view.cluster().name());
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException _) {
      return Instant.EPOCH;
    }
  }
}
