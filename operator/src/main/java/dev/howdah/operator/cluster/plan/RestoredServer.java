// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedObject;
import dev.howdah.operator.cluster.observed.ObservedPod;
import java.time.Duration;
import java.util.Optional;

/// The server of data that a Restore has brought back: whether it is up, what helps if it isn't,
/// and its first backup.
final class RestoredServer {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private RestoredServer() {}

  /// Whether there is a primary that accepts writes. Standbys that can't be cloned must not keep a
  /// Restore from its end: another one, an undo for instance, may be what helps.
  static boolean takesWrites(ClusterView view) {
    return InstancesPlan.primaryReady(view)
        && view.instance(view.holder()).map(i -> i.said().primary()).orElse(false);
  }

  /// What keeps it from taking writes, for a person; empty while that may be because it starts.
  static Optional<String> trouble(ClusterView view, ObservedObject restore) {
    String name = restore.tree().path("status").path("instance").asText("");
    Instance instance = view.instance(name).filter(Instance::exists).orElse(null);
    if (instance == null) {
      return Optional.of("the data volume of %s is gone".formatted(name));
    }
    if (KeptData.since(instance).plus(PATIENCE).isAfter(view.now())) {
      return Optional.empty();
    }
    return Optional.of(
        "%s doesn't take writes: %s. It comes up when that is mended; or take the data of before back: howdah restore %s --undo"
            .formatted(name, why(view, instance), view.cluster().name()));
  }

  private static String why(ClusterView view, Instance instance) {
    ObservedPod pod = instance.pod();
    if (pod == null) {
      return "it has no pod";
    }
    if (!pod.trouble().isEmpty()) {
      return pod.trouble();
    }
    if (instance.report() != null && !instance.said().trouble().isEmpty()) {
      return instance.said().trouble();
    }
    if (instance.ready() && !view.holder().isEmpty() && !view.holder().equals(instance.name())) {
      return view.holder() + " holds the Lease";
    }
    return "its pod is %s, see its log: kubectl logs -n %s %s"
        .formatted(
            instance.ready() ? "ready" : "not ready", view.cluster().namespace(), pod.name());
  }

  /// Older base backups may lie on a timeline that was given up, before which nobody would look for
  /// the new one: what is there now has one of its own. That it can't be made is told as an event,
  /// and tried again.
  static void backup(ClusterView view, ObservedObject restore, String subject, Draft draft) {
    String uid = restore.meta().uid();
    // a Restore of that name that was here before has left its Backup, which is another one
    String name =
        "%s-after-%s".formatted(restore.name(), uid.substring(0, Math.min(6, uid.length())));
    ObjectNode backup = Json.object(Resource.BACKUPS, view.blueprint().namespace(), name);
    backup
        .withObject("/metadata/labels")
        .put(Labels.CLUSTER, view.cluster().name())
        .put(Labels.MADE_FOR, uid);
    ObjectNode wanted = backup.putObject("spec");
    wanted.putObject("cluster").put("name", view.cluster().name());
    var spec = view.blueprint().spec();
    if (spec.backup() == null || spec.backup().barmanObjectStore() == null) {
      spec.plugins().stream()
          .filter(plugin -> plugin.enabled() && plugin.isWalArchiver())
          .findFirst()
          .ifPresent(plugin ->
              wanted
                  .put("method", "plugin")
                  .putObject("pluginConfiguration")
                  .put("name", plugin.name()));
    }
    draft.create(
        Resource.BACKUPS,
        backup,
        subject,
        "a base backup of the restored data; without one, take it yourself: howdah backup create "
            + view.cluster().name());
  }
}
