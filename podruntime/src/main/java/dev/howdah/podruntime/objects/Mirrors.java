// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// All collections that the runtime follows.
public final class Mirrors implements AutoCloseable {
  public static final Resource CRON_JOBS = new Resource("batch", "v1", "cronjobs", "CronJob", true);
  public static final Resource DEPLOYMENTS =
      new Resource("apps", "v1", "deployments", "Deployment", true);
  public static final Resource REPLICA_SETS =
      new Resource("apps", "v1", "replicasets", "ReplicaSet", true);

  private static final Duration SYNC_DEADLINE = Duration.ofSeconds(120);

  public final Mirror pods = new Mirror(Resource.PODS);
  public final Mirror services = new Mirror(Resource.SERVICES);
  public final Mirror endpoints = new Mirror(Resource.ENDPOINTS);
  public final Mirror endpointSlices = new Mirror(Resource.ENDPOINT_SLICES);
  public final Mirror secrets = new Mirror(Resource.SECRETS);
  public final Mirror configMaps = new Mirror(Resource.CONFIG_MAPS);
  public final Mirror claims = new Mirror(Resource.PERSISTENT_VOLUME_CLAIMS);
  public final Mirror volumes = new Mirror(Resource.PERSISTENT_VOLUMES);
  public final Mirror storageClasses = new Mirror(Resource.STORAGE_CLASSES);
  public final Mirror nodes = new Mirror(Resource.NODES);
  public final Mirror jobs = new Mirror(Resource.JOBS);
  public final Mirror cronJobs = new Mirror(CRON_JOBS);
  public final Mirror deployments = new Mirror(DEPLOYMENTS);
  public final Mirror replicaSets = new Mirror(REPLICA_SETS);

  private List<Mirror> first() {
    return List.of(
        pods, services, endpoints, secrets, configMaps, claims, volumes, storageClasses, nodes);
  }

  private List<Mirror> later() {
    return List.of(endpointSlices, jobs, cronJobs, deployments, replicaSets);
  }

  /// Begins to follow the collections that running pods depend on, and waits until each is
  /// complete.
  public void startFirst(KubeClient client) throws IOException, InterruptedException {
    start(first(), client);
  }

  /// The same for those that only make pods, which may wait a moment.
  public void startLater(KubeClient client) throws IOException, InterruptedException {
    start(later(), client);
  }

  private static void start(List<Mirror> mirrors, KubeClient client)
      throws IOException, InterruptedException {
    mirrors.forEach(mirror -> mirror.start(client));
    long end = System.nanoTime() + SYNC_DEADLINE.toNanos();
    for (Mirror mirror : mirrors) {
      if (!mirror.awaitSynced(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
        throw new IOException(
            "the API server didn't list its %s within %d s"
                .formatted(mirror.resource().plural(), SYNC_DEADLINE.toSeconds()));
      }
    }
  }

  @Override
  public void close() {
    first().forEach(Mirror::close);
    later().forEach(Mirror::close);
  }
}
