// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.Watch;
import dev.howdah.postgres.wire.Ping;
import dev.howdah.postgres.wire.ServerAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Follows Clusters and prints what changes, as it changes: woken by watches, with a look every
/// second for the log positions that no object shows.
final class Progress implements AutoCloseable {
  /// Phases that need a person.
  private static final Set<String> FAILED =
      Set.of(
          "Invalid cluster definition",
          "Cluster is unrecoverable and needs manual intervention",
          "Cluster cannot execute instance online upgrade due to missing architecture binary",
          "Unable to create required cluster objects");

  /// A Cluster is healthy when its standbys answer; most of them stream a moment later. One that
  /// never does (an external source that is away) must not keep `up` waiting.
  private static final Duration PATIENCE_FOR_STREAMING = Duration.ofSeconds(20);

  private static final Duration PATIENCE_FOR_THE_SERVER = Duration.ofSeconds(30);

  private final KubeClient client;
  private final InstanceStatus instances;
  private final ClusterReader reader;
  private final Journal journal = new Journal();
  private final Semaphore changed = new Semaphore(1);
  private final List<Watch> watches = new ArrayList<>();
  private final Narrator narrator;
  private final long started = System.nanoTime();
  private long answered = started;
  private String trouble = "";

  Progress(KubeClient client, Narrator narrator) {
    this.client = client;
    this.narrator = narrator;
    this.instances = new InstanceStatus(client);
    this.reader = new ClusterReader(client, instances);
    for (var resource : List.of(Resource.CLUSTERS, Resource.PODS, Resource.JOBS)) {
      watches.add(client.watch(resource, "", Selection.ALL, _ -> changed.release()));
    }
  }

  /// How long a service may take to answer one look.
  private static final Duration ANSWER = Duration.ofSeconds(1);

  private static final int POSTGRES_PORT = 5432;

  /// Prints changes until all of these Clusters are healthy and their `-rw` services lead to
  /// servers that take sessions; returns their last views. Throws a problem when one fails for good
  /// or the deadline passes.
  List<ClusterView> untilHealthy(List<ObjectNode> clusters, Duration deadline)
      throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    long healthySince = 0;
    while (true) {
      var seen = attempt(clusters);
      if (seen.isEmpty()) {
        await();
        continue;
      }
      var views = seen.get();
      boolean ready = views.stream().allMatch(ClusterView::ready);
      boolean reachable = ready && views.stream().allMatch(this::isReachable);
      if (reachable && views.stream().allMatch(ClusterView::settled)) {
        return views;
      }
      if (!reachable) {
        healthySince = 0;
      } else if (healthySince == 0) {
        healthySince = System.nanoTime();
      } else if (System.nanoTime() - healthySince > PATIENCE_FOR_STREAMING.toNanos()) {
        return views;
      }
      for (var view : views) {
        if (FAILED.contains(view.phase())) {
          throw new ProblemException(
              new Problem(
                  "CLUSTER_FAILED",
                  "Cluster %s: %s".formatted(view.name(), view.phase()),
                  view.reason(),
                  "See: kubectl describe cluster %s -n %s"
                      .formatted(view.name(), view.namespace())));
        }
      }
      if (System.nanoTime() > end) {
        throw late(views, deadline);
      }
      await();
    }
  }

  /// Empty while the API server is away for a moment, which ends nothing.
  private Optional<List<ClusterView>> attempt(List<ObjectNode> clusters) {
    try {
      var views = look(clusters);
      answered = System.nanoTime();
      return Optional.of(views);
    } catch (KubeException e) {
      boolean away = System.nanoTime() - answered > PATIENCE_FOR_THE_SERVER.toNanos();
      if (!e.isTransient() || away || narrator.isStopping()) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /// A Service follows its pods' labels and readiness a moment after the Cluster's phase says that
  /// all is well.
  private boolean isReachable(ClusterView view) {
    String address;
    try {
      address =
          client
              .find(Resource.SERVICES, view.namespace(), view.name() + "-rw")
              .map(service -> service.at("/spec/clusterIP").asText(""))
              .orElse("");
    } catch (KubeException e) {
      if (!e.isTransient()) {
        throw e;
      }
      return false; // the next look says whether it is away for good
    }
    return address.isEmpty()
        || Ping.of(new ServerAddress.Remote(address, POSTGRES_PORT, null, ""), ANSWER)
            == Ping.READY;
  }

  private static String unreachable(ClusterView view) {
    return "its Service %s-rw does not lead to a server that takes sessions".formatted(view.name());
  }

  private static ProblemException late(List<ClusterView> views, Duration deadline) {
    var waiting = views.stream().filter(v -> !v.ready()).findFirst().orElse(views.getFirst());
    return new ProblemException(
        new Problem(
            "NOT_HEALTHY_IN_TIME",
            "Cluster %s is not healthy after %d s: %s, %d of %d instances ready"
                .formatted(
                    waiting.name(),
                    deadline.toSeconds(),
                    waiting.phase(),
                    waiting.readyInstances(),
                    waiting.wanted()),
            waiting.ready() ? unreachable(waiting) : waiting.reason(),
            "It goes on in the background. See: howdah status %s, kubectl get events -n %s"
                .formatted(waiting.name(), waiting.namespace())));
  }

  /// Prints changes of all Clusters until the thread is interrupted.
  void forEver() throws InterruptedException {
    while (true) {
      try {
        look(client.list(Resource.CLUSTERS, "", Selection.ALL).items());
      } catch (KubeException e) {
        print("", new Journal.Change("API server", "doesn't answer: " + e.getMessage()));
      }
      await();
    }
  }

  /// Prints what has changed since the last look.
  List<ClusterView> look(List<ObjectNode> clusters) {
    server();
    var views = new ArrayList<ClusterView>();
    for (var cluster : clusters) {
      client
          .find(Resource.CLUSTERS, Json.namespace(cluster), Json.name(cluster))
          .ifPresent(now -> {
            var view = reader.view(now);
            journal.changes(view).forEach(change -> print(view.namespace(), change));
            views.add(view);
          });
    }
    return views;
  }

  /// What keeps the server from storing anything shows in no object.
  private void server() {
    String now = client.trouble();
    if (!now.equals(trouble)) {
      trouble = now;
      print("", new Journal.Change("API server", now.isEmpty() ? "stores changes again" : now));
    }
  }

  private void await() throws InterruptedException {
    // several changes at once are one look; at most five looks a second
    Thread.sleep(200);
    changed.tryAcquire(1, TimeUnit.SECONDS);
    changed.drainPermits();
  }

  private void print(String namespace, Journal.Change change) {
    narrator.change((System.nanoTime() - started) / 1e9, namespace, change);
  }

  @Override
  public void close() {
    watches.forEach(Watch::close);
    instances.close();
  }
}
