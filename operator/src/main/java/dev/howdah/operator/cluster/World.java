// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.catalog.CatalogReference;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.cache.Watches;
import dev.howdah.operator.cluster.observed.ClusterView.Memory;
import dev.howdah.operator.cluster.observed.JobPod;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.cluster.observed.ObservedJob;
import dev.howdah.operator.cluster.observed.ObservedLease;
import dev.howdah.operator.cluster.observed.ObservedNode;
import dev.howdah.operator.cluster.observed.ObservedObject;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.observed.ObservedSecret;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All that is followed by watches, for all clusters.
final class World implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(World.class);
  private static final int REMEMBERED_DEAD = 1000;
  private static final List<Resource> COMPARED =
      List.of(
          Resource.SERVICES,
          Resource.SERVICE_ACCOUNTS,
          Resource.ROLES,
          Resource.ROLE_BINDINGS,
          Resource.POD_DISRUPTION_BUDGETS,
          Resource.FAILOVER_QUORUMS);

  /// What decisions depend on and a leader changes.
  private static final Set<Resource> WRITTEN =
      Set.of(
          Resource.CLUSTERS,
          Resource.PODS,
          Resource.PERSISTENT_VOLUME_CLAIMS,
          Resource.JOBS,
          Resource.LEASES);

  private final KubeClient client;
  private final Mirror<?> holes;
  private final Consumer<Key> ask;
  private final Consumer<Key> poke;
  private final InstantSource clock;
  private final Watches watches;
  private final Map<Key, Memory> memories = new ConcurrentHashMap<>();
  private final Map<String, Boolean> dead =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED_DEAD;
        }
      };

  final Mirror<ObservedCluster> clusters;
  final Mirror<ObservedPod> pods;
  final Mirror<ObservedVolume> volumes;
  final Mirror<ObservedJob> jobs;
  final Mirror<JobPod> jobPods;
  final Mirror<ObservedLease> leases;
  final Mirror<ObservedSecret> secrets;
  final Mirror<ObservedSecret> labelledSecrets;
  final Mirror<ObservedNode> nodes;
  final Mirror<ObservedObject> databaseRoles;
  final Mirror<ObservedObject> restores;
  final Mirror<ObservedObject> catalogs;
  final Mirror<ObservedObject> clusterCatalogs;
  final Map<String, Mirror<ObservedObject>> compared = new LinkedHashMap<>();

  /// @param namespaces to look at; empty: all
  /// @param holes gets what is said of Clusters, too
  /// @param ask wants a pass for a cluster
  /// @param poke wants the instances of a cluster to be asked for their status
  World(
      KubeClient client,
      Set<String> namespaces,
      Mirror<?> holes,
      InstantSource clock,
      Consumer<Key> ask,
      Consumer<Key> poke) {
    this.client = client;
    this.watches = new Watches(client, namespaces);
    this.holes = holes;
    this.clock = clock;
    this.ask = ask;
    this.poke = poke;
    clusters =
        new Mirror<>("Cluster", ObservedCluster::of, World::itself, (key, _, _, _) -> ask(key));
    pods = new Mirror<>("Pod", ObservedPod::of, World::byLabel, this::podChanged);
    volumes =
        new Mirror<>("PersistentVolumeClaim", ObservedVolume::of, World::byLabel, this::askOwner);
    jobs = new Mirror<>("Job", ObservedJob::of, World::byLabel, this::askOwner);
    jobPods = new Mirror<>("Pod", JobPod::of, World::byLabel, this::jobPodChanged);
    leases = new Mirror<>("Lease", ObservedLease::of, World::itself, this::leaseChanged);
    secrets = new Mirror<>("Secret", ObservedSecret::of, World::byLabel, this::askOwner);
    labelledSecrets =
        new Mirror<>("Secret", ObservedSecret::of, World::itself, (key, _, _, _) -> askAll(key));
    nodes = new Mirror<>("Node", ObservedNode::of, World::itself, this::nodeChanged);
    databaseRoles =
        new Mirror<>(
            "DatabaseRole", ObservedObject::of, World::ofCluster, (key, _, _, _) -> askAll(key));
    restores =
        new Mirror<>(
            "Restore", ObservedObject::withStatus, World::ofCluster, (key, _, _, _) -> askAll(key));
    catalogs =
        new Mirror<>(
            "ImageCatalog", ObservedObject::of, World::itself, (key, _, _, _) -> askAll(key));
    clusterCatalogs =
        new Mirror<>(
            "ClusterImageCatalog",
            ObservedObject::of,
            World::itself,
            (_, _, _, _) -> clusters().forEach(this::ask));
    for (Resource resource : COMPARED) {
      compared.put(
          resource.kind(),
          new Mirror<>(resource.kind(), ObservedObject::of, World::byLabel, this::askOwner));
    }
  }

  /// Begins to follow; returns when everything was read once.
  void start(Duration deadline) throws InterruptedException {
    watches.follow(Resource.CLUSTERS, Selection.ALL, List.of(clusters, holes));
    Selection ours = Selection.labels(Labels.CLUSTER);
    watches.follow(
        Resource.PODS,
        Selection.labels(Labels.CLUSTER + "," + Labels.POD_ROLE + "=" + Labels.POD_ROLE_INSTANCE),
        pods);
    watches.follow(Resource.PERSISTENT_VOLUME_CLAIMS, ours, volumes);
    watches.follow(Resource.JOBS, ours, jobs);
    watches.follow(
        Resource.PODS, Selection.labels(Labels.CLUSTER + "," + Labels.JOB_ROLE), jobPods);
    watches.follow(Resource.LEASES, ours, leases);
    watches.follow(Resource.SECRETS, ours, secrets);
    watches.follow(
        Resource.SECRETS, Selection.labels(Labels.RELOAD + ",!" + Labels.CLUSTER), labelledSecrets);
    for (Resource resource : COMPARED) {
      watches.follow(resource, ours, Objects.requireNonNull(compared.get(resource.kind())));
    }
    watches.follow(Resource.DATABASE_ROLES, Selection.ALL, databaseRoles);
    watches.follow(Resource.RESTORES, Selection.ALL, restores);
    watches.follow(Resource.IMAGE_CATALOGS, Selection.ALL, catalogs);
    if (!watches.awaitListed(deadline)) {
      LOG.atWarn().log("not everything could be read yet; going on with what is known");
    }
    optional(Resource.NODES, nodes);
    optional(Resource.CLUSTER_IMAGE_CATALOGS, clusterCatalogs);
  }

  /// Things of no namespace, which an operator of single namespaces may not be allowed to read.
  private <T> void optional(Resource resource, Mirror<T> mirror) {
    try {
      client.list(resource, "", Selection.ALL);
    } catch (KubeException e) {
      if (e.isForbidden() || e.isNotFound()) {
        LOG.atInfo()
            .addKeyValue("kind", resource.kind())
            .addKeyValue("cause", e.getMessage())
            .log("not followed: there is no permission");
        return;
      }
    }
    watches.followUnscoped(resource, mirror);
  }

  /// Reads once more what another operator may have written until just now.
  void catchUp() throws InterruptedException {
    watches.catchUp(WRITTEN);
  }

  private void ask(Key cluster) {
    ask.accept(cluster);
  }

  private Set<Key> clusters() {
    return clusters.keys();
  }

  private static Key itself(ObjectNode object) {
    return new Key(Json.namespace(object), Json.name(object));
  }

  private static Key ofCluster(ObjectNode object) {
    return new Key(Json.namespace(object), object.at("/spec/cluster/name").asText(""));
  }

  private static Key byLabel(ObjectNode object) {
    return new Key(Json.namespace(object), Json.label(object, Labels.CLUSTER));
  }

  private <T> void askOwner(Key key, @Nullable T before, @Nullable T after, ObjectNode last) {
    String name = Json.label(last, Labels.CLUSTER);
    if (name.isEmpty()) {
      askAll(key);
    } else {
      ask(new Key(key.namespace(), name));
    }
  }

  private void askAll(Key key) {
    clusters().stream().filter(c -> c.namespace().equals(key.namespace())).forEach(this::ask);
  }

  private void jobPodChanged(
      Key key, @Nullable JobPod before, @Nullable JobPod after, ObjectNode last) {
    if (after != null && !after.equals(before)) {
      ask(byLabel(last));
    }
  }

  private void podChanged(
      Key key, @Nullable ObservedPod before, @Nullable ObservedPod after, ObjectNode last) {
    if (after == null && !last.path("metadata").isMissingNode()) {
      ObservedPod end = ObservedPod.of(last);
      if (end.provedDead()) { // a pod that merely vanished, by force, may still run
        synchronized (dead) {
          dead.put(end.meta().uid(), true);
        }
      }
    }
    ObservedPod known = after == null ? before : after;
    Key cluster =
        known == null
            ? byLabel(last)
            : new Key(key.namespace(), known.meta().label(Labels.CLUSTER));
    if (after != null && holds(cluster, after)) {
      boolean down = after.postgres().state() != ObservedPod.State.RUNNING;
      memories.compute(
          cluster,
          (_, memory) -> {
            Memory known2 = memory == null ? Memory.NONE : memory;
            Instant seen =
                !down ? null : known2.deathSeen() == null ? clock.instant() : known2.deathSeen();
            return known2.dying(seen);
          });
    }
    ask(cluster);
    poke.accept(cluster);
  }

  private boolean holds(Key cluster, ObservedPod pod) {
    return leases
        .find(cluster.namespace(), cluster.name())
        .map(lease -> lease.pod().equals(pod.meta().uid()))
        .orElse(false);
  }

  private void leaseChanged(
      Key key, @Nullable ObservedLease before, @Nullable ObservedLease after, ObjectNode last) {
    boolean renewedOnly =
        before != null
            && after != null
            && before.holder().equals(after.holder())
            && before.incarnation().equals(after.incarnation())
            && before.meta().owner().equals(after.meta().owner());
    Instant now = clock.instant();
    memories.compute(
        key,
        (_, memory) -> {
          Memory known = memory == null || !renewedOnly ? new Memory(now, now, null) : memory;
          return after == null ? known : known.renewed(now, boot(key, after));
        });
    if (!renewedOnly) {
      ask(key);
      poke.accept(key);
    }
  }

  /// On which kernel the holder's node says that it is.
  private String boot(Key cluster, ObservedLease lease) {
    return pods.find(cluster.namespace(), lease.holder())
        .filter(pod -> pod.meta().uid().equals(lease.pod()))
        .flatMap(pod -> nodes.find("", pod.node()))
        .map(ObservedNode::bootId)
        .orElse("");
  }

  private void nodeChanged(
      Key key, @Nullable ObservedNode before, @Nullable ObservedNode after, ObjectNode last) {
    if (!Objects.equals(before, after)) {
      pods.all().stream()
          .filter(pod -> pod.node().equals(key.name()))
          .map(pod -> new Key(pod.meta().namespace(), pod.meta().label(Labels.CLUSTER)))
          .distinct()
          .forEach(this::ask);
    }
  }

  /// An image catalog, as it was last seen.
  Optional<JsonNode> catalog(CatalogReference reference) {
    Mirror<ObservedObject> mirror =
        reference.kind().equals("ClusterImageCatalog") ? clusterCatalogs : catalogs;
    return mirror.find(reference.namespace(), reference.name()).map(ObservedObject::tree);
  }

  Memory memory(Key cluster) {
    return memories.getOrDefault(cluster, Memory.NONE);
  }

  void forget(Key cluster) {
    memories.remove(cluster);
  }

  /// UIDs of pods that had ended when they were deleted.
  Set<String> deadPods() {
    synchronized (dead) {
      return Set.copyOf(dead.keySet());
    }
  }

  /// Takes over the answer to an own write, where it is about something that is followed here.
  void wrote(Resource resource, ObjectNode object) {
    if (!resource.equals(Resource.BACKUPS)) {
      mirrorOf(resource).wrote(object);
    }
  }

  /// Takes over an own deletion that took effect at once.
  void deleted(Resource resource, String namespace, String name, String uid) {
    mirrorOf(resource).deleted(namespace, name, uid);
  }

  private Mirror<?> mirrorOf(Resource resource) {
    return switch (resource.kind()) {
      case "Cluster" -> clusters;
      case "Pod" -> pods;
      case "PersistentVolumeClaim" -> volumes;
      case "Job" -> jobs;
      case "Lease" -> leases;
      case "Secret" -> secrets;
      case "Restore" -> restores;
      default -> Objects.requireNonNull(compared.get(resource.kind()), resource.kind());
    };
  }

  @Override
  public void close() {
    watches.close();
  }
}
