// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.SecretNames;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.JobPod;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.cluster.observed.ObservedJob;
import dev.howdah.operator.cluster.observed.ObservedLease;
import dev.howdah.operator.cluster.observed.ObservedNode;
import dev.howdah.operator.cluster.observed.ObservedObject;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.observed.ObservedSecret;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.cluster.plan.AutoRecoveryPlan;
import dev.howdah.operator.report.Reports;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Reads the world into one [ClusterView].
final class Observer {
  private static final Duration FOUND_LASTS = Duration.ofMinutes(1);
  private static final Duration ABSENT_LASTS = Duration.ofSeconds(5);

  /// A Secret that no watch follows, since nobody labelled it.
  private record LookedUp(@Nullable ObservedSecret secret, Instant at) {
    boolean fresh(Instant now) {
      Duration age = Duration.between(at, now);
      return age.compareTo(secret == null ? ABSENT_LASTS : FOUND_LASTS) < 0;
    }
  }

  private final KubeClient client;
  private final World world;
  private final Reports reports;
  private final RolloutPace pace;
  private final InstantSource clock;
  private final StoreSecrets stores;
  private final Remains remains;
  private final Map<Key, LookedUp> lookedUp = new ConcurrentHashMap<>();

  Observer(KubeClient client, World world, Reports reports, RolloutPace pace, InstantSource clock) {
    this.pace = pace;
    this.client = client;
    this.world = world;
    this.reports = reports;
    this.clock = clock;
    this.stores = new StoreSecrets(client);
    this.remains = new Remains(client);
  }

  ClusterView observe(ObservedCluster cluster, Blueprint blueprint, List<String> unsupported) {
    Key key = cluster.key();
    Instant now = clock.instant();
    String uid = cluster.meta().uid();
    List<ObservedVolume> volumes = world.volumes.of(key);
    List<ObservedPod> pods =
        world.pods.of(key).stream()
            .filter(pod -> pod.meta().owner().equals(uid))
            .sorted(Comparator.comparing(ObservedPod::name))
            .toList();
    Set<String> done = new HashSet<>();
    for (JobPod pod : world.jobPods.of(key)) {
      if (pod.succeeded()) {
        done.add(pod.job());
      }
    }
    List<ObservedJob> jobs =
        world.jobs.of(key).stream()
            .filter(job -> job.meta().owner().equals(uid))
            .map(job -> done.contains(job.meta().uid()) ? job.succeeded() : job)
            .toList();
    var objects = new ArrayList<ObservedObject>();
    for (Mirror<ObservedObject> mirror : world.compared.values()) {
      objects.addAll(mirror.of(key));
    }
    objects.addAll(world.databaseRoles.of(key));
    objects.addAll(world.restores.of(key));
    Map<String, ObservedNode> nodes = new HashMap<>();
    pods.forEach(
        pod -> world.nodes.find("", pod.node()).ifPresent(node -> nodes.put(pod.node(), node)));
    ClusterView view =
        new ClusterView(
            cluster,
            blueprint,
            volumes,
            pods,
            jobs,
            Instance.group(
                volumes.stream().filter(v -> v.meta().owner().equals(uid)).toList(),
                pods,
                jobs,
                reports.of(key)),
            lease(key, now),
            secrets(key.namespace(), blueprint, now),
            objects,
            nodes,
            world.deadPods(),
            world.memory(key).waiting(pace.left(key)),
            unsupported,
            stores.of(cluster, now),
            now);
    return AutoRecoveryPlan.asksForRemains(view)
        ? remains
            .of(cluster, AutoRecoveryPlan.emptyClaims(view))
            .map(view::withRemains)
            .orElse(view)
        : view;
  }

  /// Its holder renews it all the time. When nothing was heard of that until it has run out, either
  /// the holder is gone or the watch is, and another instance may have led since: what was seen
  /// last would lead clients back to the old primary.
  private @Nullable ObservedLease lease(Key key, Instant now) {
    ObservedLease seen = world.leases.find(key.namespace(), key.name()).orElse(null);
    if (seen == null || seen.holder().isEmpty()) {
      return seen;
    }
    Duration unchanged = Duration.between(world.memory(key).renewed(), now);
    if (unchanged.compareTo(Duration.ofSeconds(seen.duration())) < 0) {
      return seen;
    }
    client
        .find(Resource.LEASES, key.namespace(), key.name())
        .ifPresentOrElse(
            lease -> world.wrote(Resource.LEASES, lease),
            () -> world.deleted(Resource.LEASES, key.namespace(), key.name(), seen.meta().uid()));
    return world.leases.find(key.namespace(), key.name()).orElse(null);
  }

  private Map<String, ObservedSecret> secrets(String namespace, Blueprint blueprint, Instant now) {
    var names = SecretNames.of(blueprint);
    Set<String> used =
        new HashSet<>(
            List.of(
                names.serverCa(),
                names.serverTls(),
                names.clientCa(),
                names.replication(),
                names.superuser()));
    SecretNames.application(blueprint).ifPresent(app -> used.add(app.secret()));
    var secrets = new HashMap<String, ObservedSecret>();
    for (String name : used) {
      secret(namespace, name, blueprint, now).ifPresent(secret -> secrets.put(name, secret));
    }
    return secrets;
  }

  private Optional<ObservedSecret> secret(
      String namespace, String name, Blueprint blueprint, Instant now) {
    Optional<ObservedSecret> followed =
        world.secrets.find(namespace, name).or(() -> world.labelledSecrets.find(namespace, name));
    if (followed.isPresent() || name.startsWith(blueprint.name() + "-")) {
      return followed;
    }
    Key key = new Key(namespace, name);
    LookedUp known = lookedUp.get(key);
    if (known == null || !known.fresh(now)) {
      known = new LookedUp(lookUp(key), now);
      lookedUp.put(key, known);
    }
    return Optional.ofNullable(known.secret);
  }

  private @Nullable ObservedSecret lookUp(Key key) {
    try {
      return client
          .find(Resource.SECRETS, key.namespace(), key.name())
          .map(ObservedSecret::of)
          .orElse(null);
    } catch (KubeException e) {
      if (e.isForbidden()) {
        return null;
      }
      throw e;
    }
  }
}
