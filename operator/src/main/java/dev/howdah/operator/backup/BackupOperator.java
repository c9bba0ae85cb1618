// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.cache.Watches;
import dev.howdah.operator.metrics.OperatorMetrics;
import dev.howdah.operator.work.Key;
import dev.howdah.operator.work.WorkQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Looks after all Backups and ScheduledBackups: watches, queues and controllers tied together.
public final class BackupOperator implements AutoCloseable {
  private static final Duration FIRST_READ = Duration.ofSeconds(30);

  private final AtomicReference<BackupController> controller = new AtomicReference<>();
  private final AtomicReference<ScheduledBackupController> scheduler = new AtomicReference<>();
  private final WorkQueue backupQueue =
      new WorkQueue("backup", 1, key -> Objects.requireNonNull(controller.get()).reconcile(key));
  private final WorkQueue scheduleQueue =
      new WorkQueue(
          "scheduledbackup", 1, key -> Objects.requireNonNull(scheduler.get()).reconcile(key));
  private final AtomicReference<SnapshotTimes> times = new AtomicReference<>();
  private final WorkQueue timesQueue =
      new WorkQueue(
          "snapshots",
          1,
          key -> isListed(key) ? Objects.requireNonNull(times.get()).look(key) : null);
  private final Mirror<BackupView> backups =
      new Mirror<>("Backup", BackupView::new, BackupOperator::cluster, this::changed);
  private final Mirror<ObjectNode> scheduled =
      new Mirror<>(
          "ScheduledBackup",
          object -> object,
          BackupOperator::cluster,
          (key, _, _, _) -> askSchedule(key));
  private final Mirror<ToldOfBackups> holes =
      new Mirror<>(
          "Cluster",
          ToldOfBackups::of,
          BackupOperator::itself,
          (key, before, after, _) -> clusterChanged(key, before, after));

  private final Watches watches;
  private volatile BooleanSupplier leads = () -> false;

  /// @param namespaces to look at; empty: all
  public BackupOperator(KubeClient client, Set<String> namespaces) {
    this.watches = new Watches(client, namespaces);
  }

  /// What Clusters say of missing WAL; somebody who follows Clusters fills it.
  public Mirror<?> holes() {
    return holes;
  }

  /// Begins to follow, once it is known what Clusters say; returns when everything was read once.
  ///
  /// @param leads whether this operator may change anything
  public void follow(
      KubeClient client, EventRecorder events, InstantSource clock, BooleanSupplier leads)
      throws InterruptedException {
    this.leads = leads;
    times.set(new SnapshotTimes(client, backups, clock));
    controller.set(new BackupController(client, backups, events, clock, leads));
    scheduler.set(
        new ScheduledBackupController(client, scheduled, backups, holes, events, clock, leads));
    watches.follow(Resource.BACKUPS, Selection.ALL, backups);
    watches.follow(Resource.SCHEDULED_BACKUPS, Selection.ALL, scheduled);
    watches.awaitListed(FIRST_READ);
  }

  /// Begins to act.
  public void begin() {
    backupQueue.start();
    scheduleQueue.start();
    timesQueue.start();
  }

  /// Begins nothing more.
  public void shut() {
    backupQueue.shut();
    scheduleQueue.shut();
    timesQueue.shut();
  }

  /// Acts no more.
  public void rest() {
    backupQueue.close();
    scheduleQueue.close();
    timesQueue.close();
  }

  private static Key itself(ObjectNode object) {
    return new Key(Json.namespace(object), Json.name(object));
  }

  private static Key cluster(ObjectNode object) {
    return new Key(
        Json.namespace(object), object.path("spec").path("cluster").path("name").asText(""));
  }

  private void askSchedule(Key key) {
    scheduleQueue.ask(key);
  }

  private boolean isListed(Key cluster) {
    return leads.getAsBoolean()
        && holes
            .find(cluster.namespace(), cluster.name())
            .filter(ToldOfBackups::listsSnapshots)
            .isPresent();
  }

  private void clusterChanged(
      Key cluster, @Nullable ToldOfBackups before, @Nullable ToldOfBackups after) {
    if (after == null || after.equals(before)) {
      return;
    }
    if (after.holeSince() != null) {
      scheduled.of(cluster).forEach(schedule -> askSchedule(itself(schedule)));
    }
    if (after.listsSnapshots()) {
      timesQueue.ask(cluster);
    }
  }

  private void changed(
      Key key, @Nullable BackupView before, @Nullable BackupView after, ObjectNode last) {
    BackupController told = controller.get();
    if (told != null && before != null && after == null) {
      told.gone(before);
    }
    backupQueue.ask(key);
    BackupView known = after == null ? before : after;
    boolean over = after == null || after.isOver();
    if (known != null && over) {
      // whoever waits for this one goes on
      backups.of(new Key(key.namespace(), known.cluster())).stream()
          .filter(other -> !other.isOver())
          .forEach(other -> backupQueue.ask(new Key(other.namespace(), other.name())));
    }
    if (told != null && before != null && after != null && after.isOver() && !before.isOver()) {
      told.ended(after);
    }
  }

  /// Adds how the Backups stand.
  public void measure(Metrics metrics) {
    OperatorMetrics.queue(metrics, backupQueue.figures());
    OperatorMetrics.queue(metrics, scheduleQueue.figures());
    OperatorMetrics.queue(metrics, timesQueue.figures());
    var clusters =
        backups.all().stream()
            .collect(Collectors.groupingBy(b -> new Key(b.namespace(), b.cluster())));
    clusters.forEach((key, all) -> {
      all.stream()
          .collect(Collectors.groupingBy(BackupView::phase, Collectors.summingInt(_ -> 1)))
          .forEach((phase, count) ->
              OperatorMetrics.backups(metrics, key.namespace(), key.name(), phase, count));
      all.stream()
          .filter(b -> b.phase().equals("completed"))
          .max(Comparator.comparing(b -> b.status().path("stoppedAt").asText("")))
          .ifPresent(b -> OperatorMetrics.backup(metrics, key.namespace(), key.name(), b.status()));
    });
  }

  @Override
  public void close() {
    rest();
    watches.close();
  }
}
