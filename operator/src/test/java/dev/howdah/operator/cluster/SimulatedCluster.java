// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.api.names.Labels;
import dev.howdah.core.wal.Lsn;
import dev.howdah.kube.Json;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.ManagerOffer;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.ClusterPlan;
import dev.howdah.operator.cluster.plan.Note;
import dev.howdah.operator.cluster.plan.Plan;
import dev.howdah.operator.forecast.ImaginedWorld;
import dev.howdah.operator.tree.Tree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// A Cluster in an [ImaginedWorld], with just enough of a kubelet and of instances for decisions to
/// be played through, step by step.
final class SimulatedCluster {
  private static final YAMLMapper YAML = new YAMLMapper();

  final ImaginedWorld world;
  final Map<String, InstanceReport> reports;
  final Set<String> dead;
  final List<Note> notes = new ArrayList<>();
  final List<String> log = new ArrayList<>();
  final OperatorSettings settings;
  ClusterView.Memory memory = ClusterView.Memory.NONE;
  Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final Preparer preparer;
  private final String name;

  SimulatedCluster(String yaml) {
    this(yaml, OperatorSettings.defaults());
  }

  SimulatedCluster(String yaml, OperatorSettings settings) {
    this(yaml, settings, ManagerOffer.NONE);
  }

  SimulatedCluster(String yaml, OperatorSettings settings, ManagerOffer offer) {
    this.settings = settings;
    this.preparer = new Preparer(settings, offer, _ -> Optional.empty());
    ObjectNode cluster = parse(yaml);
    cluster.put("apiVersion", "postgresql.cnpg.io/v1").put("kind", "Cluster");
    ObjectNode metadata = cluster.withObject("/metadata");
    if (!metadata.has("namespace")) {
      metadata.put("namespace", "db");
    }
    metadata.put("generation", 1);
    this.name = Json.name(cluster);
    this.world = new ImaginedWorld(cluster, now);
    this.reports = world.reports();
    this.dead = world.dead();
  }

  static ObjectNode parse(String yaml) {
    try {
      return (ObjectNode) YAML.readTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // --- the server ---------------------------------------------------------------------------

  ObjectNode put(ObjectNode object) {
    return world.put(object);
  }

  ObjectNode get(String kind, String objectName) {
    return world.get(kind, objectName);
  }

  boolean has(String kind, String objectName) {
    return world.find(kind, objectName).isPresent();
  }

  List<String> names(String kind) {
    return world.names(kind);
  }

  /// Changes an object as a user or another program would.
  SimulatedCluster change(String kind, String objectName, Consumer<ObjectNode> how) {
    ObjectNode object = get(kind, objectName);
    how.accept(object);
    put(object);
    return this;
  }

  SimulatedCluster spec(Consumer<ObjectNode> how) {
    return change(
        "Cluster",
        name,
        cluster -> {
          how.accept((ObjectNode) cluster.get("spec"));
          cluster
              .withObject("/metadata")
              .put("generation", cluster.path("metadata").path("generation").asInt() + 1);
        });
  }

  SimulatedCluster annotate(String annotation, String value) {
    return change(
        "Cluster",
        name,
        cluster ->
            cluster.withObject("/metadata").withObject("/annotations").put(annotation, value));
  }

  SimulatedCluster delete(String kind, String objectName) {
    world.delete(kind, objectName);
    return this;
  }

  ObjectNode cluster() {
    return get("Cluster", name);
  }

  String status(String field) {
    return cluster().path("status").path(field).asText("");
  }

  JsonNode condition(String type) {
    return Tree.named(cluster().path("status").path("conditions"), "type", type);
  }

  // --- deciding -----------------------------------------------------------------------------

  Blueprint blueprint() {
    Preparation prepared = preparer.prepare(observed());
    if (prepared instanceof Preparation.Ready(Blueprint blueprint, _, _)) {
      return blueprint;
    }
    throw new AssertionError("refused: " + prepared);
  }

  private ObservedCluster observed() {
    return ObservedCluster.of(cluster());
  }

  ClusterView view() {
    world.now(now);
    world.memory(memory);
    return world.view(blueprint(), List.of());
  }

  Plan decide() {
    return ClusterPlan.decide(view());
  }

  // --- acting -------------------------------------------------------------------------------

  /// Decides once and carries the plan out.
  Plan pass() {
    return carryOut(decide());
  }

  /// The same, with what a fresh reading found of a Cluster that has lost its instances.
  Plan pass(List<String> remains) {
    return carryOut(ClusterPlan.decide(view().withRemains(remains)));
  }

  private Plan carryOut(Plan plan) {
    plan.actions().forEach(action -> log.add(action.text()));
    world.act(blueprint(), plan.actions());
    notes.addAll(plan.notes());
    world.report(plan.status());
    return plan;
  }

  /// Decides once, and ends after so many steps of the plan, before it writes the status.
  void interrupted(int steps) {
    List<Action> actions = decide().actions();
    world.act(blueprint(), actions.subList(0, Math.min(steps, actions.size())));
  }

  /// Passes until nothing is left to do.
  Plan settle() {
    Plan plan = pass();
    for (int i = 0; i < 30 && !plan.actions().isEmpty(); i++) {
      plan = pass();
    }
    if (!plan.actions().isEmpty()) {
      throw new AssertionError("it never settles: " + plan.actions());
    }
    return plan;
  }

  void target(String instance) {
    world.target(instance);
  }

  // --- kubelet and instances ----------------------------------------------------------------

  /// Ends a job well.
  SimulatedCluster jobDone(String job) {
    world.jobDone(job);
    return this;
  }

  /// All pods run and are ready; all jobs are done.
  SimulatedCluster run() {
    new ArrayList<>(names("Job")).forEach(this::jobDone);
    names("Pod").forEach(this::ready);
    return this;
  }

  SimulatedCluster ready(String pod) {
    world.now(now);
    world.runs(pod, true);
    return this;
  }

  SimulatedCluster notReady(String pod) {
    world.now(now);
    world.runs(pod, false);
    return this;
  }

  /// The container of a pod has ended and wasn't started again.
  SimulatedCluster crash(String pod, Instant at) {
    notReady(pod);
    return change(
        "Pod",
        pod,
        o -> {
          o.withObject("/status")
              .set(
                  "containerStatuses",
                  Tree.list(
                      Tree.map(
                          "name",
                          "postgres",
                          "restartCount",
                          0,
                          "state",
                          Tree.map(
                              "terminated",
                              Tree.map("exitCode", 137, "finishedAt", at.toString())))));
        });
  }

  /// An instance takes the Lease and writes itself into the status, as instances do.
  SimulatedCluster lead(String instance) {
    hold(instance);
    return change(
        "Cluster",
        name,
        c ->
            c.withObject("/status").put("currentPrimary", instance).put("targetPrimary", instance));
  }

  SimulatedCluster hold(String instance) {
    world.now(now);
    memory = new ClusterView.Memory(now, now, null);
    world.takesLease(instance);
    return this;
  }

  /// What each instance reports, by who holds the Lease.
  SimulatedCluster report() {
    reports.clear();
    String holder = get("Lease", name).path("spec").path("holderIdentity").asText("");
    for (String pod : names("Pod")) {
      reports.put(Json.uid(get("Pod", pod)), said(pod.equals(holder)));
    }
    return this;
  }

  SimulatedCluster report(String pod, InstanceReport report) {
    reports.put(Json.uid(get("Pod", pod)), report);
    return this;
  }

  static InstanceReport said(boolean primary) {
    return said(primary, "0/5000000", false, false);
  }

  static InstanceReport said(
      boolean primary, String lsn, boolean pendingRestart, boolean pendingDecrease) {
    Lsn at = Lsn.parse(lsn);
    return new InstanceReport(
        true,
        "",
        primary,
        1,
        "7311",
        at,
        at,
        at,
        !primary,
        pendingRestart,
        pendingDecrease,
        false,
        false,
        true,
        "hash",
        "exe",
        "0.1.0",
        "session",
        "");
  }

  /// From nothing to health.
  SimulatedCluster bootstrapped() {
    settle();
    run();
    settle();
    ready(name + "-1");
    lead(name + "-1");
    report();
    for (int i = 0; i < 5; i++) {
      settle();
      run();
      report();
    }
    Plan plan = settle();
    if (!plan.settled()) {
      throw new AssertionError("not settled: " + plan.phase() + " " + plan.phaseReason());
    }
    log.clear();
    notes.clear();
    return this;
  }

  /// Pods that are missing are made, and everything becomes ready.
  void settleInstances() {
    for (String claim : names("PersistentVolumeClaim")) {
      String instance = Json.label(get("PersistentVolumeClaim", claim), Labels.INSTANCE_NAME);
      if (!has("Pod", instance)) {
        pass();
      }
    }
    names("Pod").stream().filter(pod -> !view().fenced(pod)).forEach(this::ready);
    for (String pod : names("Pod")) {
      String uid = Json.uid(get("Pod", pod));
      reports.computeIfAbsent(uid, _ -> said(pod.equals(view().holder())));
    }
  }

  String role(String pod) {
    return Json.label(get("Pod", pod), Labels.INSTANCE_ROLE);
  }
}
