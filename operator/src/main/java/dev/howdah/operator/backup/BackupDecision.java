// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is to happen with a Backup now; a pure function of what was observed.
sealed interface BackupDecision {
  /// The plugin that Howdah answers for by itself.
  String PLUGIN = "barman-cloud.cloudnative-pg.io";

  /// How often a backup is begun anew after its pod ended.
  int ATTEMPTS = 3;

  /// Of a label's value.
  int LONGEST_NAME = 63;

  Duration SOON = Duration.ofSeconds(10);
  Duration LATER = Duration.ofSeconds(30);

  /// Nothing is to be done until something changes, or for this time.
  record Wait(@Nullable Duration again) implements BackupDecision {}

  /// It can't be taken yet.
  record Pend(String reason, String why, Duration again) implements BackupDecision {}

  /// It will never be taken.
  record Fail(String reason, String why) implements BackupDecision {}

  /// This pod takes it.
  record Start(String pod, String container) implements BackupDecision {}

  /// The pod that took it has ended; another one may.
  record Restart(String why) implements BackupDecision {}

  /// A pod of the Cluster.
  ///
  /// @param container id of its `postgres` container
  record Pod(String name, boolean ready, String container) {}

  /// @param cluster null if there is none of this name
  /// @param others the Backups of the same Cluster, this one included
  static BackupDecision of(
      BackupView backup,
      @Nullable ObjectNode cluster,
      Collection<Pod> pods,
      Collection<BackupView> others) {
    if (backup.isOver() || backup.isLeaving()) {
      return new Wait(null);
    }
    if (cluster == null && backup.isSnapshot() && backup.isAtWork()) {
      return new Fail(
          "Failed",
          "Cluster %s was deleted while its volumes were cut".formatted(backup.cluster()));
    }
    if (cluster == null) {
      return new Pend(
          "FindingCluster",
          "Unknown cluster %s, will retry in 30 seconds".formatted(backup.cluster()),
          LATER);
    }
    if (backup.isAtWork()) {
      return backup.phase().equals("finalizing") && backup.isSnapshot()
          ? new Wait(null) // the instance has done its part
          : atWork(backup, pods);
    }
    Optional<Fail> hopeless = impossible(backup, cluster);
    if (hopeless.isPresent()) {
      return hopeless.get();
    }
    Optional<BackupView> first =
        others.stream()
            .filter(other -> !other.name().equals(backup.name()) && goesFirst(other, backup))
            .findFirst();
    if (first.isPresent()) {
      return new Pend("BackupPending", "waiting for Backup " + first.get().name(), SOON);
    }
    return fenced(backup, cluster)
        .<BackupDecision>map(fail -> fail)
        .orElseGet(() -> choose(backup, cluster, pods));
  }

  /// Whoever is at work or isn't tidied up yet; of the others one that is held already, since it
  /// has passed this once; then the order in which they were made.
  private static boolean goesFirst(BackupView other, BackupView backup) {
    if (other.isHeld() && (other.isAtWork() || other.isOver() || other.isLeaving())) {
      return true;
    }
    if (other.isOver() || other.isLeaving()) {
      return false;
    }
    if (other.isAtWork()) {
      return true;
    }
    return other.isHeld() == backup.isHeld()
        ? other.turn().compareTo(backup.turn()) < 0
        : other.isHeld();
  }

  private static BackupDecision atWork(BackupView backup, Collection<Pod> pods) {
    String name = backup.instance().path("podName").asText("");
    String container = backup.instance().path("ContainerID").asText("");
    Optional<Pod> pod = pods.stream().filter(p -> p.name().equals(name)).findFirst();
    String why = "";
    if (pod.isEmpty()) {
      why = "pod %s is gone".formatted(name);
    } else if (!pod.get().container().equals(container)) {
      why = "the container of pod %s was restarted".formatted(name);
    }
    if (why.isEmpty()) {
      return new Wait(LATER);
    }
    if (backup.isSnapshot()) {
      return new Fail("Failed", why + " while its volumes were cut; take another backup");
    }
    return backup.attempts() >= ATTEMPTS
        ? new Fail("Failed", "%s, after %d attempts".formatted(why, ATTEMPTS))
        : new Restart(why);
  }

  private static Optional<Fail> impossible(BackupView backup, ObjectNode cluster) {
    JsonNode spec = cluster.path("spec");
    if (Json.annotation(cluster, "cnpg.io/hibernation").equals("on")) {
      return Optional.of(
          new Fail("ClusterIsHibernated", "Cluster %s is hibernated".formatted(backup.cluster())));
    }
    return switch (backup.method()) {
      case BackupView.METHOD_STORE ->
          spec.path("backup").path("barmanObjectStore").isObject()
              ? Optional.empty()
              : Optional.of(
                  new Fail(
                      "ClusterHasBackupConfigured",
                      "Cluster %s has no spec.backup.barmanObjectStore; add it, or use method plugin"
                          .formatted(backup.cluster())));
      case BackupView.METHOD_PLUGIN -> {
        String plugin =
            backup.object().path("spec").path("pluginConfiguration").path("name").asText("");
        yield plugin.equals(PLUGIN)
            ? Optional.empty()
            : Optional.of(
                new Fail(
                    "ClusterHasNoBackupExecutorPlugin",
                    "no plugin \"%s\"; Howdah answers for %s".formatted(plugin, PLUGIN)));
      }
      case BackupView.METHOD_SNAPSHOT -> noSnapshot(backup, cluster);
      default ->
          Optional.of(
              new Fail(
                  "Failed",
                  "there is no method %s; use barmanObjectStore, volumeSnapshot or plugin"
                      .formatted(backup.method())));
    };
  }

  private static Optional<Fail> noSnapshot(BackupView backup, ObjectNode cluster) {
    if (backup.name().length() > LONGEST_NAME) {
      return Optional.of(
          new Fail(
              "Failed",
              "the name of a Backup by snapshots becomes their label %s, and has %d characters of at most %d; create it with a shorter one"
                  .formatted(Labels.BACKUP_NAME, backup.name().length(), LONGEST_NAME)));
    }
    if (!cluster.path("spec").path("backup").path("volumeSnapshot").isObject()) {
      return Optional.of(
          new Fail(
              "ClusterHasNoVolumeSnapshotSection",
              "Cluster %s has no spec.backup.volumeSnapshot; add it (an empty one takes the default class)"
                  .formatted(backup.cluster())));
    }
    return Optional.empty();
  }

  /// Fences that are there when no other Backup is.
  private static Optional<Fail> fenced(BackupView backup, ObjectNode cluster) {
    FencedInstances fenced = FencedInstances.of(cluster);
    return !backup.isSnapshot() || fenced.isEmpty() || backup.wantsOnline(cluster)
        ? Optional.empty()
        : Optional.of(
            new Fail(
                "Failed",
                "Cluster %s has fenced instances (%s), and online: false has one stopped by a fence; lift theirs first"
                    .formatted(backup.cluster(), fenced)));
  }

  private static BackupDecision choose(
      BackupView backup, ObjectNode cluster, Collection<Pod> pods) {
    String primary = cluster.path("status").path("currentPrimary").asText("");
    String target = backup.target();
    if (target.isEmpty()) {
      target = cluster.path("spec").path("backup").path("target").asText("prefer-standby");
    }
    List<Pod> ready =
        pods.stream().filter(Pod::ready).sorted(Comparator.comparing(Pod::name)).toList();
    Optional<Pod> standby =
        target.equals("primary")
            ? Optional.empty()
            : ready.stream().filter(pod -> !pod.name().equals(primary)).findFirst();
    Optional<Pod> chosen =
        standby.or(() -> ready.stream().filter(pod -> pod.name().equals(primary)).findFirst());
    return chosen
        .<BackupDecision>map(pod -> new Start(pod.name(), pod.container()))
        .orElseGet(() -> new Pend("BackupPending", "no instance is ready to take it", SOON));
  }
}
