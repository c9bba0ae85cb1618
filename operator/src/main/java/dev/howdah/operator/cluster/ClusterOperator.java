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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// Looks after all Clusters: watches, queue and controller tied together. It follows from the
/// start, so that it can act at once when it is told to.
public final class ClusterOperator implements AutoCloseable {
  private static final Duration FIRST_READ = Duration.ofSeconds(30);

  private final World world;
  private final Reports reports;
  private final WorkQueue queue;
  private final SelectedPods selected;
  private final AtomicBoolean resting;

  private final BackupOperator backups;
  private final RecoveryOperator recoveries;

  private ClusterOperator(
      World world,
      Reports reports,
      WorkQueue queue,
      SelectedPods selected,
      AtomicBoolean resting,
      BackupOperator backups,
      RecoveryOperator recoveries) {
    this.resting = resting;
    this.backups = backups;
    this.recoveries = recoveries;
    this.world = world;
    this.reports = reports;
    this.queue = queue;
    this.selected = selected;
  }

  /// Follows and acts; returns when everything was read once and the first passes run.
  ///
  /// @param leads whether this operator may still change anything
  public static ClusterOperator start(
      OperatorSettings settings,
      KubeClient client,
      String identity,
      InstantSource clock,
      BooleanSupplier leads)
      throws InterruptedException {
    ClusterOperator operator = follow(settings, client, identity, clock, leads);
    operator.act();
    return operator;
  }

  /// Begins to follow everything; returns when all was read once. Nothing is changed before
  /// [#begin].
  ///
  /// @param leads whether this operator may change anything
  public static ClusterOperator follow(
      OperatorSettings settings,
      KubeClient client,
      String identity,
      InstantSource clock,
      BooleanSupplier leads)
      throws InterruptedException {
    var resting = new AtomicBoolean();
    BooleanSupplier acts = () -> !resting.get() && leads.getAsBoolean();
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
            new Executor(client, world, reports, pace, clock, acts),
            reports,
            new EventRecorder(client, Executor.MANAGER, identity, clock),
            new Orphans(client),
            new SharedObjects(client, settings, clock, acts),
            selected,
            new SnapshotSources(client)));
    world.start(FIRST_READ);
    backups.follow(
        client, new EventRecorder(client, Executor.MANAGER, identity, clock), clock, acts);
    RecoveryOperator recoveries =
        RecoveryOperator.follow(
            client,
            settings.watchNamespaces(),
            new EventRecorder(client, Executor.MANAGER, identity, clock),
            clock,
            acts);
    return new ClusterOperator(world, reports, queue, selected, resting, backups, recoveries);
  }

  /// Begins to act, after another operator may have acted until just now.
  public void begin() throws InterruptedException {
    world.catchUp();
    act();
  }

  private void act() {
    queue.start();
    backups.begin();
    recoveries.begin();
  }

  /// Changes nothing any more; returns when what was under way is over. It goes on following until
  /// it is closed.
  public void rest() {
    resting.set(true);
    queue.shut();
    backups.shut();
    recoveries.shut();
    queue.close();
    backups.rest();
    recoveries.rest();
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
    rest();
    recoveries.close();
    backups.close();
    selected.close();
    world.close();
    reports.close();
  }
}
