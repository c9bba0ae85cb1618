// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Conditions;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.KubeException;
import dev.howdah.operator.cluster.desired.InstancePod;
import dev.howdah.operator.cluster.desired.SecretNames;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.observed.ObservedSecret;
import dev.howdah.operator.cluster.plan.ClusterPlan;
import dev.howdah.operator.cluster.plan.Note;
import dev.howdah.operator.cluster.plan.Plan;
import dev.howdah.operator.cluster.plan.StatusPlan;
import dev.howdah.operator.report.Address;
import dev.howdah.operator.report.Reports;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One pass over a Cluster: observe, decide, execute, report.
final class ClusterController {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterController.class);
  private static final Duration BUSY_PACE = Duration.ofMillis(500);
  private static final Duration CALM_PACE = Duration.ofSeconds(10);

  /// How long a change of the definition may take to show in what instances report.
  private static final Duration TAKES_EFFECT = Duration.ofSeconds(15);

  /// Phases whose reason is read again in the next pass.
  private static final Set<String> KEPT_REASON =
      Set.of(Phases.PRIMARY_RESTART, Phases.PRIMARY_RESTART_IN_PLACE);

  private static final String SELECTED = "podSelectorRefs";
  private static final Duration STALE = Duration.ofMillis(50);
  private static final Duration WITHOUT_SOURCE = Duration.ofSeconds(5);

  private final World world;
  private final Observer observer;
  private final Preparer preparer;
  private final Executor executor;
  private final Reports reports;
  private final EventRecorder events;
  private final Orphans orphans;
  private final SharedObjects shared;
  private final SelectedPods selected;
  private final SnapshotSources sources;
  private final Map<Key, Set<Note>> told = new ConcurrentHashMap<>();
  private final Map<Key, Edition> editions = new ConcurrentHashMap<>();

  /// A definition, and since when it was seen.
  private record Edition(long generation, Map<String, String> annotations, Instant since) {}

  ClusterController(
      World world,
      Observer observer,
      Preparer preparer,
      Executor executor,
      Reports reports,
      EventRecorder events,
      Orphans orphans,
      SharedObjects shared,
      SelectedPods selected,
      SnapshotSources sources) {
    this.world = world;
    this.observer = observer;
    this.preparer = preparer;
    this.executor = executor;
    this.reports = reports;
    this.events = events;
    this.orphans = orphans;
    this.shared = shared;
    this.selected = selected;
    this.sources = sources;
  }

  /// @return when to look again
  @Nullable Duration reconcile(Key key) throws InterruptedException {
    Optional<ObservedCluster> found = world.clusters.find(key.namespace(), key.name());
    if (found.isEmpty() || found.get().meta().deleting()) {
      forget(key);
      if (found.isEmpty()) {
        executor.letGo(world.restores.of(key));
      }
      return orphans.release(key) ? null : STALE;
    }
    orphans.keep(key);
    ObservedCluster cluster = found.get();
    if (cluster.meta().annotation(Annotations.RECONCILIATION_LOOP).equals(Annotations.DISABLED)) {
      return null;
    }
    try {
      return switch (preparer.prepare(cluster)) {
        case Preparation.Refused refused -> {
          refuse(cluster, refused, "InvalidDefinition");
          yield Duration.ofMinutes(1);
        }
        case Preparation.Ready ready -> pass(cluster, ready);
      };
    } catch (Executor.NotLeading _) {
      return null;
    } catch (KubeException e) {
      if (e.isConflict() || e.isNotFound()) {
        return STALE;
      }
      throw e;
    }
  }

  private Duration pass(ObservedCluster cluster, Preparation.Ready ready)
      throws InterruptedException {
    if (world.volumes.of(cluster.key()).isEmpty() && cluster.currentPrimary().isEmpty()) {
      Optional<String> problem = sources.problem(cluster);
      if (problem.isPresent()) {
        var refused =
            new Preparation.Refused(Phases.WAITING_FOR_USER, problem.get(), ready.notes());
        refuse(cluster, refused, "ErrorNoBackup");
        return WITHOUT_SOURCE;
      }
    }
    shared.keep(ready.blueprint());
    ClusterView view = observer.observe(cluster, ready.blueprint(), ready.unsupported());
    Plan plan = ClusterPlan.decide(view);
    addresses(cluster, ready, plan.status());
    follow(view, plan);
    Executor.Outcome outcome = executor.execute(ready.blueprint(), cluster.meta(), plan.actions());
    try {
      report(cluster, plan, outcome);
    } finally { // also where the status is what can't be written
      var notes = new ArrayList<>(ready.notes());
      notes.addAll(plan.notes());
      tell(cluster, notes, outcome);
    }
    if (outcome.stale()) {
      return STALE;
    }
    Duration again = plan.lookAgain();
    if (changedLately(view) && again.compareTo(TAKES_EFFECT) > 0) {
      again = TAKES_EFFECT;
    }
    Duration retry = outcome.retry();
    if (retry != null && retry.compareTo(again) < 0) {
      again = retry.compareTo(STALE) < 0 ? STALE : retry;
    }
    return again;
  }

  /// What isn't known yet stays as it is: without its address a client is refused.
  private void addresses(ObservedCluster cluster, Preparation.Ready ready, ObjectNode status)
      throws InterruptedException {
    var references = ready.blueprint().spec().podSelectorRefs();
    JsonNode known = cluster.status().path(SELECTED);
    JsonNode now =
        references.isEmpty()
            ? Tree.list()
            : selected.addresses(cluster.key(), references).map(JsonNode.class::cast).orElse(known);
    if (!now.isEmpty()) {
      status.set(SELECTED, now);
    }
  }

  private void report(ObservedCluster before, Plan plan, Executor.Outcome outcome) {
    ObservedCluster cluster = world.clusters.find(before.namespace(), before.name()).orElse(before);
    ObjectNode status = plan.status();
    Optional<Executor.Failure> failure =
        outcome.failures().stream().filter(f -> f.action().subject().isEmpty()).findFirst();
    if (failure.isPresent()) {
      status.put("phase", Phases.CANNOT_CREATE_OBJECTS);
      status.put("phaseReason", failure.get().text());
      setNotReady(status);
    } else if (!outcome.failures().isEmpty() && !KEPT_REASON.contains(plan.phase())) {
      status.put("phaseReason", outcome.failures().getFirst().text());
    }
    Optional<ObjectNode> patch = Tree.mergePatch(status, cluster.status(), StatusPlan.OWNED);
    if (patch.isPresent()) {
      if (!cluster.phase().equals(status.path("phase").asText())) {
        LOG.atInfo()
            .addKeyValue("cluster", cluster.key())
            .addKeyValue("reason", plan.phaseReason())
            .log(plan.phase());
      }
      executor.patchStatus(cluster.meta(), patch.get());
    }
  }

  private static void setNotReady(ObjectNode status) {
    if (Tree.named(status.path("conditions"), "type", Conditions.READY)
        instanceof ObjectNode ready) {
      ready.put("status", "False").put("reason", Conditions.CLUSTER_IS_NOT_READY);
      ready.put("message", "Cluster Is Not Ready");
    }
  }

  /// @param event the reason that is told
  private void refuse(ObservedCluster cluster, Preparation.Refused refused, String event) {
    ObjectNode status = Tree.map("phase", refused.phase(), "phaseReason", refused.reason());
    Tree.mergePatch(status, cluster.status(), List.of("phase", "phaseReason"))
        .ifPresent(patch -> executor.patchStatus(cluster.meta(), patch));
    var notes = new ArrayList<>(refused.notes());
    notes.add(Note.warning(event, refused.reason()));
    tell(cluster, notes, Executor.Outcome.NOTHING);
  }

  /// Tells what wasn't told in the pass before: a change of mind, not a state.
  private void tell(ObservedCluster cluster, List<Note> notes, Executor.Outcome outcome) {
    Set<Note> now = new HashSet<>(notes);
    outcome.failures().forEach(failure -> now.add(Note.warning("ActionFailed", failure.text())));
    Set<Note> before = told.put(cluster.key(), now);
    List<Note> fresh =
        now.stream().filter(note -> before == null || !before.contains(note)).toList();
    if (fresh.isEmpty()) {
      return;
    }
    ObjectNode about = cluster.reference();
    Thread.startVirtualThread(() -> {
      for (Note note : fresh) {
        if (note.warning()) {
          events.warning(about, note.reason(), note.message());
        } else {
          events.normal(about, note.reason(), note.message());
        }
      }
    });
  }

  /// Says whose instances to ask, and how often.
  private void follow(ClusterView view, Plan plan) {
    ObservedSecret authority = view.secrets().get(SecretNames.of(view.blueprint()).serverCa());
    var addresses = new HashMap<String, Address>();
    if (authority != null && !authority.authorities().isEmpty()) {
      for (ObservedPod pod : view.pods()) {
        if (pod.active()
            && !pod.ip().isEmpty()
            && pod.postgres().state() == ObservedPod.State.RUNNING) {
          addresses.put(
              pod.meta().uid(),
              new Address(
                  pod.ip(),
                  InstancePod.STATUS_PORT,
                  pod.meta().name(),
                  view.cluster().name() + "-rw",
                  authority.authorities()));
        }
      }
    }
    boolean calm = plan.settled() && !changedLately(view);
    reports.follow(view.cluster().key(), addresses, calm ? CALM_PACE : BUSY_PACE);
  }

  private boolean changedLately(ClusterView view) {
    ObservedCluster cluster = view.cluster();
    Edition edition =
        editions.compute(
            cluster.key(),
            (_, known) ->
                known != null
                        && known.generation == cluster.generation()
                        && known.annotations.equals(cluster.meta().annotations())
                    ? known
                    : new Edition(cluster.generation(), cluster.meta().annotations(), view.now()));
    return Duration.between(edition.since, view.now()).compareTo(TAKES_EFFECT) < 0;
  }

  private void forget(Key key) {
    editions.remove(key);
    reports.forget(key);
    executor.forget(key);
    selected.forget(key);
    world.forget(key);
    told.remove(key);
    preparer.forget(key);
  }
}
