// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

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
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// Looks after all RestoreDrills and DatabaseRestores: watches, queues and controllers tied
/// together.
public final class RecoveryOperator implements AutoCloseable {
  private static final Duration FIRST_READ = Duration.ofSeconds(30);

  private final Watches watches;
  private final AtomicReference<DrillController> driller = new AtomicReference<>();
  private final WorkQueue drillQueue =
      new WorkQueue("restoredrill", 1, key -> Objects.requireNonNull(driller.get()).reconcile(key));
  private final Mirror<ObjectNode> drills = mirror("RestoreDrill", drillQueue);
  private final AtomicReference<DatabaseRestoreController> restorer = new AtomicReference<>();
  private final WorkQueue restoreQueue =
      new WorkQueue(
          "databaserestore", 1, key -> Objects.requireNonNull(restorer.get()).reconcile(key));
  private final Mirror<ObjectNode> restores = mirror("DatabaseRestore", restoreQueue);

  private RecoveryOperator(Watches watches) {
    this.watches = watches;
  }

  private static Mirror<ObjectNode> mirror(String kind, WorkQueue queue) {
    return new Mirror<>(
        kind,
        object -> object,
        object -> new Key(Json.namespace(object), Json.name(object)),
        (key, _, _, _) -> queue.ask(key));
  }

  /// Begins to follow; returns when everything was read once.
  ///
  /// @param namespaces to look at; empty: all
  /// @param leads whether this operator may still change anything
  public static RecoveryOperator follow(
      KubeClient client,
      Set<String> namespaces,
      EventRecorder events,
      InstantSource clock,
      BooleanSupplier leads)
      throws InterruptedException {
    var operator = new RecoveryOperator(new Watches(client, namespaces));
    operator.driller.set(new DrillController(client, operator.drills, events, clock, leads));
    operator.restorer.set(
        new DatabaseRestoreController(client, operator.restores, events, clock, leads));
    operator.watches.follow(Resource.RESTORE_DRILLS, Selection.ALL, operator.drills);
    operator.watches.follow(Resource.DATABASE_RESTORES, Selection.ALL, operator.restores);
    operator.watches.awaitListed(FIRST_READ);
    return operator;
  }

  /// Begins to act.
  public void begin() {
    drillQueue.start();
    restoreQueue.start();
  }

  /// Begins nothing more.
  public void shut() {
    drillQueue.shut();
    restoreQueue.shut();
  }

  /// Acts no more.
  public void rest() {
    drillQueue.close();
    restoreQueue.close();
  }

  /// Adds how the drills went.
  public void measure(Metrics metrics) {
    OperatorMetrics.queue(metrics, drillQueue.figures());
    OperatorMetrics.queue(metrics, restoreQueue.figures());
    drills
        .all()
        .forEach(drill ->
            OperatorMetrics.drill(metrics, Json.namespace(drill), Json.name(drill), drill));
  }

  @Override
  public void close() {
    rest();
    watches.close();
  }
}
