// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.CertificateSecrets;
import dev.howdah.operator.cluster.desired.Services;
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
import dev.howdah.operator.cluster.plan.StatusPlan;
import dev.howdah.operator.tree.Tree;
import dev.howdah.service.pki.CertificateAuthority;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// One Cluster and all that belongs to it in memory, as an API server would hold it; plans are
/// carried out on it without threads, time or a network.
public final class ImaginedWorld {
  private static final List<String> COMPARED =
      List.of(
          "Service",
          "ServiceAccount",
          "Role",
          "RoleBinding",
          "PodDisruptionBudget",
          "FailoverQuorum",
          "DatabaseRole");

  private final Map<String, ObjectNode> objects = new TreeMap<>();
  private final Map<String, InstanceReport> reports = new HashMap<>();
  private final Set<String> dead = new HashSet<>();
  private final String name;
  private final CertificateAuthority authority;
  private ClusterView.Memory memory = ClusterView.Memory.NONE;
  private Instant now;
  private int version = 100;
  private int address = 1;

  /// @param cluster the Cluster itself, complete
  public ImaginedWorld(ObjectNode cluster, Instant now) {
    this.now = now;
    this.name = Json.name(cluster);
    this.authority =
        CertificateAuthority.create(
            name, Json.namespace(cluster), Duration.ofDays(1000), () -> this.now);
    put(cluster);
  }

  // --- what the server holds ----------------------------------------------------------------

  private static String key(String kind, String name) {
    return kind + "/" + name;
  }

  /// Stores an object as it is, with a new resource version and, if it has none, a UID.
  public ObjectNode put(ObjectNode object) {
    ObjectNode metadata = object.withObject("/metadata");
    if (!metadata.has("uid")) {
      metadata.put("uid", "uid-" + version);
    }
    metadata.put("resourceVersion", Integer.toString(++version));
    objects.put(key(object.path("kind").asText(), Json.name(object)), object);
    return object;
  }

  /// Takes over an object that was read from a server, untouched.
  public void hold(ObjectNode object) {
    objects.put(key(object.path("kind").asText(), Json.name(object)), object);
  }

  public Optional<ObjectNode> find(String kind, String objectName) {
    return Optional.ofNullable(objects.get(key(kind, objectName)));
  }

  public ObjectNode get(String kind, String objectName) {
    return find(kind, objectName)
        .orElseThrow(() ->
            new IllegalStateException(
                "no %s %s in %s".formatted(kind, objectName, objects.keySet())));
  }

  public List<String> names(String kind) {
    return all(kind).stream().map(Json::name).toList();
  }

  private List<ObjectNode> all(String kind) {
    return objects.values().stream().filter(o -> o.path("kind").asText().equals(kind)).toList();
  }

  /// Everything but the Cluster itself.
  public List<ObjectNode> others() {
    return objects.values().stream().filter(o -> o != cluster()).toList();
  }

  public void delete(String kind, String objectName) {
    objects.remove(key(kind, objectName));
  }

  public ObjectNode cluster() {
    return get("Cluster", name);
  }

  public ObjectNode status() {
    return cluster().withObject("/status");
  }

  public ObservedCluster observed() {
    return ObservedCluster.of(cluster());
  }

  /// What each instance says of itself, by the UID of its pod; may be changed.
  public Map<String, InstanceReport> reports() {
    return reports;
  }

  /// UIDs of pods that had ended when they were deleted; may be changed.
  public Set<String> dead() {
    return dead;
  }

  public Instant now() {
    return now;
  }

  public void now(Instant later) {
    now = later;
  }

  public void memory(ClusterView.Memory remembered) {
    memory = remembered;
  }

  // --- what is seen of it -------------------------------------------------------------------

  /// One reading of this world.
  public ClusterView view(Blueprint blueprint, List<String> unsupported) {
    List<ObservedVolume> volumes =
        all("PersistentVolumeClaim").stream().map(ObservedVolume::of).toList();
    List<ObservedPod> pods = all("Pod").stream().map(ObservedPod::of).toList();
    List<ObservedJob> jobs = all("Job").stream().map(ObservedJob::of).toList();
    var secrets = new HashMap<String, ObservedSecret>();
    all("Secret").forEach(s -> secrets.put(Json.name(s), ObservedSecret.of(s)));
    var others = new ArrayList<ObservedObject>();
    for (String kind : COMPARED) {
      all(kind).forEach(o -> others.add(ObservedObject.of(o)));
    }
    all("Restore").forEach(o -> others.add(ObservedObject.withStatus(o)));
    var nodes = new HashMap<String, ObservedNode>();
    all("Node").forEach(n -> nodes.put(Json.name(n), ObservedNode.of(n)));
    String uid = Json.uid(cluster());
    return new ClusterView(
        observed(),
        blueprint,
        volumes,
        pods,
        jobs,
        Instance.group(
            volumes.stream().filter(v -> v.meta().owner().equals(uid)).toList(),
            pods,
            jobs,
            reports),
        find("Lease", name).map(ObservedLease::of).orElse(null),
        secrets,
        others,
        nodes,
        dead,
        memory,
        unsupported,
        Set.of(),
        now);
  }

  // --- what is done to it -------------------------------------------------------------------

  public void act(Blueprint blueprint, Collection<Action> actions) {
    actions.forEach(action -> act(blueprint, action));
  }

  private void act(Blueprint blueprint, Action action) {
    switch (action) {
      case Action.Apply(_, var object, _) -> apply(object);
      case Action.Create(_, var object, _, _) -> {
        if (find(object.path("kind").asText(), Json.name(object)).isPresent()) {
          throw new IllegalStateException("exists already: " + Json.name(object));
        }
        apply(object);
      }
      case Action.Delete(var resource, var meta, _, _, _) -> remove(resource, meta);
      case Action.Merge(var resource, var meta, var body, _, _) -> {
        ObjectNode object = get(resource.kind(), meta.name());
        merge(object, body);
        put(object);
      }
      case Action.Report(var resource, var meta, var status, _, _) ->
          merge(get(resource.kind(), meta.name()).withObject("/status"), status);
      case Action.ForgetPrimary(var instance, _) -> {
        target(instance);
        status().remove("currentPrimary");
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
      case Action.MakeUserSecret make -> makeUser(blueprint, make);
      case Action.SetTarget(var instance, _, _) -> target(instance);
      case Action.MirrorHolder(var instance, _) -> {
        target(instance);
        status().put("currentPrimary", instance);
      }
      case Action.UpdateManager _ -> {} // nothing that a plan would show
      case Action.FreeLease _ -> get("Lease", name).withObject("/spec").put("holderIdentity", "");
    }
  }

  private void makeUser(Blueprint blueprint, Action.MakeUserSecret make) {
    ObjectNode secret =
        UserSecrets.desired(
            blueprint, make.secret(), make.type(), make.user(), make.database(), "secret");
    if (!make.passwordFrom().isEmpty()) {
      String from =
          find("Secret", make.passwordFrom())
              .map(s -> make.passwordFrom() + "@" + Json.resourceVersion(s))
              .orElse("");
      secret
          .withObject("/metadata")
          .withObject("/annotations")
          .put(UserSecrets.PASSWORD_FROM, from);
    }
    put(stored(secret));
  }

  /// Names the primary that shall be.
  public void target(String instance) {
    status()
        .put("targetPrimary", instance)
        .put("targetPrimaryTimestamp", StatusPlan.timestamp(now));
  }

  private void apply(ObjectNode object) {
    ObjectNode copy = object.deepCopy();
    String kind = copy.path("kind").asText();
    Optional<ObjectNode> there = find(kind, Json.name(copy));
    if (kind.equals("Service") && there.isEmpty()) {
      copy.withObject("/spec").put("clusterIP", "10.0.0." + address++);
    }
    if (kind.equals("PersistentVolumeClaim")) {
      copy.withObject("/status").put("phase", "Bound");
    }
    if (there.isPresent()) {
      if (copy.at("/spec/selector").isObject()) {
        there.get().withObject("/spec").remove("selector"); // replaced as a whole, like lists
      }
      merge(there.get(), copy);
      copy = there.get();
    }
    put(copy);
  }

  /// What a server makes of `stringData`.
  public static ObjectNode stored(ObjectNode secret) {
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
      throw new IllegalStateException("another object of that name: " + meta.name());
    }
    delete(resource.kind(), meta.name());
  }

  /// Writes what a plan says about the status.
  public void report(ObjectNode wanted) {
    Tree.mergePatch(wanted, status(), StatusPlan.OWNED)
        .ifPresent(patch -> {
          merge(status(), patch);
          put(cluster());
        });
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
  public void jobDone(String job) {
    ObjectNode object = get("Job", job);
    object.withObject("/status").put("succeeded", 1);
    put(object);
  }

  /// The pod runs, and its probes succeed or fail.
  public void runs(String podName, boolean ready) {
    ObjectNode pod = get("Pod", podName);
    ObjectNode status = pod.withObject("/status");
    status.put("phase", "Running");
    if (!status.has("podIP")) {
      status.put("podIP", "10.1.0." + address++);
    }
    if (pod.path("spec").path("nodeName").asText("").isEmpty()) {
      pod.withObject("/spec").put("nodeName", "node-" + podName.replaceAll(".*-", ""));
    }
    status.set(
        "conditions",
        Tree.list(
            Tree.map("type", "Ready", "status", ready ? "True" : "False"),
            Tree.map("type", "PodScheduled", "status", "True")));
    ObjectNode running = Tree.map("running", Tree.map("startedAt", now.toString()));
    status.set(
        "containerStatuses",
        Tree.list(Tree.map("name", "postgres", "restartCount", 0, "state", running)));
    put(pod);
  }

  /// An instance takes the Lease.
  public void takesLease(String instance) {
    memory = new ClusterView.Memory(now, now, null);
    ObjectNode lease = get("Lease", name);
    lease.withObject("/spec").put("holderIdentity", instance).put("renewTime", now.toString());
    String uid = find("Pod", instance).map(Json::uid).orElse("");
    lease
        .withObject("/metadata")
        .withObject("/annotations")
        .put("leadership.howdah.dev/incarnation", uid + "/1")
        .put("leadership.howdah.dev/boot", "boot-1");
    put(lease);
  }

  /// An instance takes the Lease, leads the Services for writes to itself, and writes itself into
  /// the status, as instances do.
  public void leads(String instance) {
    takesLease(instance);
    all("Service").forEach(service -> put(Services.led(service, service, instance)));
    status().put("currentPrimary", instance).put("targetPrimary", instance);
    put(cluster());
  }
}
