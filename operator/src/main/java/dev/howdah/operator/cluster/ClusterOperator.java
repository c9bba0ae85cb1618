// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import dev.howdah.api.names.Conditions;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.KubeClient;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.backup.BackupOperator;
import dev.howdah.operator.cluster.desired.ManagerOffer;
import dev.howdah.operator.metrics.OperatorMetrics;
import dev.howdah.operator.recovery.RecoveryOperator;
import dev.howdah.operator.report.ManagerProgram;
import dev.howdah.operator.report.OperatorKey;
import dev.howdah.operator.report.Reports;
import dev.howdah.operator.work.WorkQueue;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// Looks after all Clusters: watches, queue and controller tied together.
public final class ClusterOperator implements AutoCloseable {
  private static final Duration FIRST_READ = Duration.ofSeconds(30);

  private final World world;
  private final Reports reports;
  private final WorkQueue queue;
  private final SelectedPods selected;

  private final BackupOperator backups;
  private final RecoveryOperator recoveries;

  private ClusterOperator(
      World world,
      Reports reports,
      WorkQueue queue,
      SelectedPods selected,
      BackupOperator backups,
      RecoveryOperator recoveries) {
    this.backups = backups;
    this.recoveries = recoveries;
    this.world = world;
    this.reports = reports;
    this.queue = queue;
    this.selected = selected;
  }

  /// Starts; returns when everything was read once and the first passes run.
  ///
  /// @param leads whether this operator may still change anything
  public static ClusterOperator start(
      OperatorSettings settings,
      KubeClient client,
      String identity,
      InstantSource clock,
      BooleanSupplier leads)
      throws InterruptedException {
    var controllers = new AtomicReference<ClusterController>();
    WorkQueue queue =
        new WorkQueue(
            "cluster",
            settings.parallelPasses(),
            key ->
                Objects.requireNonNull(controllers.get())
                    .reconcile(key)); // set before the queue is started
    ManagerProgram program =
        settings.inPlaceManagerUpdates()
            ? ManagerProgram.of(Path.of(settings.managerProgram()))
            : null;
    OperatorKey key = OperatorKey.create(clock);
    ManagerOffer offer =
        program == null
            ? ManagerOffer.NONE
            : new ManagerOffer(program.hash(), program.architecture(), key.fingerprint());
    Reports reports = new Reports(queue::ask, key, program, clock);
    RolloutPace pace = new RolloutPace(settings, clock);
    BackupOperator backups = new BackupOperator(client, settings.watchNamespaces());
    World world =
        new World(
            client, settings.watchNamespaces(), backups.holes(), clock, queue::ask, reports::poke);
    SelectedPods selected = new SelectedPods(client, queue::ask);
    controllers.set(
        new ClusterController(
            world,
            new Observer(client, world, reports, pace, clock),
            new Preparer(settings, offer, world::catalog),
            new Executor(client, world, reports, pace, clock, leads),
            reports,
            new EventRecorder(client, Executor.MANAGER, identity, clock),
            new Orphans(client),
            new SharedObjects(client, settings, clock, leads),
            selected));
    world.start(FIRST_READ);
    queue.start();
    backups.start(
        client, new EventRecorder(client, Executor.MANAGER, identity, clock), clock, leads);
    RecoveryOperator recoveries =
        RecoveryOperator.start(
            client,
            settings.watchNamespaces(),
            new EventRecorder(client, Executor.MANAGER, identity, clock),
            clock,
            leads);
    return new ClusterOperator(world, reports, queue, selected, backups, recoveries);
  }

  /// Adds what this operator knows.
  public void measure(Metrics metrics) {
    OperatorMetrics.queue(metrics, queue.figures());
    world
        .clusters
        .all()
        .forEach(cluster ->
            OperatorMetrics.cluster(
                metrics,
                cluster.namespace(),
                cluster.name(),
                cluster.spec(),
                cluster.status(),
                cluster.condition(Conditions.READY).path("status").asText("").equals("True")));
    backups.measure(metrics);
    recoveries.measure(metrics);
  }

  @Override
  public void close() {
    recoveries.close();
    backups.close();
    queue.close();
    selected.close();
    world.close();
    reports.close();
  }
}
