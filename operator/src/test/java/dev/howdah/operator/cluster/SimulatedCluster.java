// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.api.names.Labels;
import dev.howdah.core.wal.Lsn;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.CertificateSecrets;
import dev.howdah.operator.cluster.desired.UserSecrets;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.cluster.observed.ObservedJob;
import dev.howdah.operator.cluster.observed.ObservedLease;
import dev.howdah.operator.cluster.observed.ObservedNode;
import dev.howdah.operator.cluster.observed.ObservedObject;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.observed.ObservedSecret;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.ClusterPlan;
import dev.howdah.operator.cluster.plan.Note;
import dev.howdah.operator.cluster.plan.Plan;
import dev.howdah.operator.cluster.plan.StatusPlan;
import dev.howdah.operator.tree.Tree;
import dev.howdah.service.pki.CertificateAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A Cluster in memory: objects as an API server would hold them, plans carried out on them, and
/// just enough of a kubelet and of instances for decisions to be played through, without threads or
/// time.
final class SimulatedCluster {
  private static final YAMLMapper YAML = new YAMLMapper();

  final Map<String, ObjectNode> objects = new TreeMap<>();
  final Map<String, InstanceReport> reports = new HashMap<>();
  final Set<String> dead = new HashSet<>();
  final List<Note> notes = new ArrayList<>();
  final List<String> log = new ArrayList<>();
  final OperatorSettings settings;
  ClusterView.Memory memory = ClusterView.Memory.NONE;
  Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final Preparer preparer;
  private final String name;
  private final String namespace;
  private final CertificateAuthority authority;
  private int version = 100;
  private int address = 1;

  SimulatedCluster(String yaml) {
    this(yaml, OperatorSettings.defaults());
  }

  SimulatedCluster(String yaml, OperatorSettings settings) {
    this.settings = settings;
    this.preparer = new Preparer(settings, _ -> Optional.empty());
    ObjectNode cluster = parse(yaml);
    cluster.put("apiVersion", "postgresql.cnpg.io/v1").put("kind", "Cluster");
    ObjectNode metadata = cluster.withObject("/metadata");
    if (!metadata.has("namespace")) {
      metadata.put("namespace", "db");
    }
    metadata.put("generation", 1);
    this.name = Json.name(cluster);
    this.namespace = Json.namespace(cluster);
    this.authority = CertificateAuthority.create(name, namespace, Duration.ofDays(1000), () -> now);
    put(cluster);
  }

  static ObjectNode parse(String yaml) {
    try {
      return (ObjectNode) YAML.readTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // --- the server ---------------------------------------------------------------------------

  private static String key(String kind, String name) {
    return kind + "/" + name;
  }

  ObjectNode put(ObjectNode object) {
    ObjectNode metadata = object.withObject("/metadata");
    if (!metadata.has("uid")) {
      metadata.put("uid", "uid-" + version);
    }
    metadata.put("resourceVersion", Integer.toString(++version));
    objects.put(key(object.path("kind").asText(), Json.name(object)), object);
    return object;
  }

  ObjectNode get(String kind, String objectName) {
    ObjectNode found = objects.get(key(kind, objectName));
    if (found == null) {
      throw new AssertionError("no " + kind + " " + objectName + " in " + objects.keySet());
    }
    return found;
  }

  boolean has(String kind, String objectName) {
    return objects.containsKey(key(kind, objectName));
  }

  List<String> names(String kind) {
    return objects.keySet().stream()
        .filter(k -> k.startsWith(kind + "/"))
        .map(k -> k.substring(kind.length() + 1))
        .toList();
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
    objects.remove(key(kind, objectName));
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

  private List<ObjectNode> all(String kind) {
    return objects.values().stream().filter(o -> o.path("kind").asText().equals(kind)).toList();
  }

  ClusterView view() {
    List<ObservedVolume> volumes =
        all("PersistentVolumeClaim").stream().map(ObservedVolume::of).toList();
    List<ObservedPod> pods = all("Pod").stream().map(ObservedPod::of).toList();
    List<ObservedJob> jobs = all("Job").stream().map(ObservedJob::of).toList();
    var secrets = new HashMap<String, ObservedSecret>();
    all("Secret").forEach(s -> secrets.put(Json.name(s), ObservedSecret.of(s)));
    var others = new ArrayList<ObservedObject>();
    for (String kind :
        List.of(
            "Service",
            "ServiceAccount",
            "Role",
            "RoleBinding",
            "PodDisruptionBudget",
            "FailoverQuorum")) {
      all(kind).forEach(o -> others.add(ObservedObject.of(o)));
    }
    var nodes = new HashMap<String, ObservedNode>();
    all("Node").forEach(n -> nodes.put(Json.name(n), ObservedNode.of(n)));
    String uid = Json.uid(cluster());
    return new ClusterView(
        observed(),
        blueprint(),
        volumes,
        pods,
        jobs,
        Instance.group(
            volumes.stream().filter(v -> v.meta().owner().equals(uid)).toList(),
            pods,
            jobs,
            reports),
        has("Lease", name) ? ObservedLease.of(get("Lease", name)) : null,
        secrets,
        others,
        nodes,
        dead,
        memory,
        List.of(),
        now);
  }

  Plan decide() {
    return ClusterPlan.decide(view());
  }

  // --- acting -------------------------------------------------------------------------------

  /// Decides once and carries the plan out.
  Plan pass() {
    Plan plan = decide();
    Blueprint blueprint = blueprint();
    for (Action action : plan.actions()) {
      log.add(action.text());
      act(blueprint, action);
    }
    notes.addAll(plan.notes());
    ObjectNode status = cluster().withObject("/status");
    Tree.mergePatch(plan.status(), status, StatusPlan.OWNED)
        .ifPresent(patch -> {
          merge(status, patch);
          put(cluster());
        });
    return plan;
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

  private void act(Blueprint blueprint, Action action) {
    switch (action) {
      case Action.Apply(_, var object, _) -> apply(object);
      case Action.Create(_, var object, _, _) -> {
        if (has(object.path("kind").asText(), Json.name(object))) {
          throw new AssertionError("exists already: " + Json.name(object));
        }
        apply(object);
      }
      case Action.Delete(var resource, var meta, _, _, _) -> remove(resource, meta);
      case Action.Merge(var resource, var meta, var body, _, _) -> {
        ObjectNode object = get(resource.kind(), meta.name());
        merge(object, body);
        put(object);
      }
      case Action.IssueAuthority(var secret, _, _) ->
          put(stored(CertificateSecrets.authority(blueprint, secret, authority.self())));
      case Action.IssueCertificate issue ->
          put(
              stored(
                  CertificateSecrets.leaf(
                      blueprint,
                      issue.secret(),
                      authority.issue(
                          issue.server()
                              ? CertificateSecrets.server(blueprint, issue.addresses())
                              : CertificateSecrets.replication(blueprint)))));
      case Action.MakeUserSecret make -> {
        ObjectNode secret =
            UserSecrets.desired(
                blueprint, make.secret(), make.type(), make.user(), make.database(), "secret");
        if (!make.passwordFrom().isEmpty()) {
          secret
              .withObject("/metadata")
              .withObject("/annotations")
              .put(
                  UserSecrets.PASSWORD_FROM,
                  make.passwordFrom()
                      + "@"
                      + Json.resourceVersion(get("Secret", make.passwordFrom())));
        }
        put(stored(secret));
      }
      case Action.SetTarget(var instance, _, _) -> target(instance);
      case Action.MirrorHolder(var instance, _) -> {
        target(instance);
        cluster().withObject("/status").put("currentPrimary", instance);
      }
      case Action.FreeLease _ -> get("Lease", name).withObject("/spec").put("holderIdentity", "");
    }
  }

  void target(String instance) {
    cluster()
        .withObject("/status")
        .put("targetPrimary", instance)
        .put("targetPrimaryTimestamp", StatusPlan.timestamp(now));
  }

  private void apply(ObjectNode object) {
    ObjectNode copy = object.deepCopy();
    String kind = copy.path("kind").asText();
    if (kind.equals("Service")) {
      copy.withObject("/spec").put("clusterIP", "10.0.0." + address++);
    }
    if (kind.equals("PersistentVolumeClaim")) {
      copy.withObject("/status").put("phase", "Bound");
    }
    if (has(kind, Json.name(copy))) {
      ObjectNode there = get(kind, Json.name(copy));
      merge(there, copy);
      copy = there;
    }
    put(copy);
  }

  /// What a server makes of `stringData`.
  static ObjectNode stored(ObjectNode secret) {
    ObjectNode data = secret.withObject("/data");
    secret
        .path("stringData")
        .properties()
        .forEach(e ->
            data.put(
                e.getKey(),
                Base64.getEncoder()
                    .encodeToString(e.getValue().asText().getBytes(StandardCharsets.UTF_8))));
    secret.remove("stringData");
    return secret;
  }

  private void remove(Resource resource, Meta meta) {
    ObjectNode object = get(resource.kind(), meta.name());
    if (!Json.uid(object).equals(meta.uid())) {
      throw new AssertionError("another object of that name: " + meta.name());
    }
    objects.remove(key(resource.kind(), meta.name()));
  }

  private static void merge(ObjectNode into, JsonNode patch) {
    for (Map.Entry<String, JsonNode> field : patch.properties()) {
      if (field.getValue().isNull()) {
        into.remove(field.getKey());
      } else if (field.getValue() instanceof ObjectNode inner
          && into.get(field.getKey()) instanceof ObjectNode there) {
        merge(there, inner);
      } else {
        into.set(field.getKey(), field.getValue().deepCopy());
      }
    }
  }

  // --- kubelet and instances ----------------------------------------------------------------

  /// Ends a job well.
  SimulatedCluster jobDone(String job) {
    return change("Job", job, o -> o.withObject("/status").put("succeeded", 1));
  }

  /// All pods run and are ready; all jobs are done.
  SimulatedCluster run() {
    new ArrayList<>(names("Job")).forEach(this::jobDone);
    names("Pod").forEach(this::ready);
    return this;
  }

  SimulatedCluster ready(String pod) {
    return change("Pod", pod, o -> setReady(o, true));
  }

  SimulatedCluster notReady(String pod) {
    return change("Pod", pod, o -> setReady(o, false));
  }

  private void setReady(ObjectNode pod, boolean ready) {
    ObjectNode status = pod.withObject("/status");
    status.put("phase", "Running");
    if (!status.has("podIP")) {
      status.put("podIP", "10.1.0." + address++);
    }
    pod.withObject("/spec").put("nodeName", "node-" + Json.name(pod).replaceAll(".*-", ""));
    status.set(
        "conditions",
        Tree.list(
            Tree.map("type", "Ready", "status", ready ? "True" : "False"),
            Tree.map("type", "PodScheduled", "status", "True")));
    status.set(
        "containerStatuses",
        Tree.list(
            Tree.map(
                "name",
                "postgres",
                "restartCount",
                0,
                "state",
                Tree.map("running", Tree.map("startedAt", now.toString())))));
  }

  /// The container of a pod has ended and wasn't started again.
  SimulatedCluster crash(String pod, Instant at) {
    return change(
        "Pod",
        pod,
        o -> {
          setReady(o, false);
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
    memory = new ClusterView.Memory(now, now, null);
    return change(
        "Lease",
        name,
        lease -> {
          ObjectNode spec = lease.withObject("/spec");
          spec.put("holderIdentity", instance);
          spec.put("renewTime", now.toString());
          String uid = has("Pod", instance) ? Json.uid(get("Pod", instance)) : "";
          lease
              .withObject("/metadata")
              .withObject("/annotations")
              .put("leadership.howdah.dev/incarnation", uid + "/1")
              .put("leadership.howdah.dev/boot", "boot-1");
        });
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
        "session");
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
