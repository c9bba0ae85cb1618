// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.State;
import dev.howdah.instance.cluster.ClusterSource;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.server.Observer;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the record of how this instance became the primary: an event, and an entry in
/// `status.incidents`. Nothing waits for it, and nothing depends on it.
final class Incidents {
  private static final Logger LOG = LoggerFactory.getLogger(Incidents.class);
  private static final int KEPT = 10;
  private static final Duration WRITE_PATIENCE = Duration.ofSeconds(30);
  private static final Duration BACK_PATIENCE = Duration.ofMinutes(30);

  private final KubeClient kube;
  private final ClusterSource cluster;
  private final String namespace;
  private final String pod;
  private final InstantSource wall;
  private final PgServer sql;
  private final Observer observer;
  private final Supplier<State> state;
  private final EventRecorder recorder;
  private final Takeover takeover;

  Incidents(
      KubeClient kube,
      ClusterSource cluster,
      String namespace,
      String pod,
      InstantSource wall,
      PgServer sql,
      Observer observer,
      Supplier<State> state,
      BootClock clock,
      EventRecorder recorder) {
    this.kube = kube.deadline(Duration.ofSeconds(3));
    this.cluster = cluster;
    this.namespace = namespace;
    this.pod = pod;
    this.wall = wall;
    this.sql = sql;
    this.observer = observer;
    this.state = state;
    this.recorder = recorder;
    this.takeover = new Takeover(pod, cluster::current, wall, clock::nanos);
  }

  void event(Event event) {
    takeover.event(event);
  }

  /// @param was the state of the protocol before the step that says this
  void notice(State was, Notice notice) {
    takeover
        .notice(was, notice)
        .ifPresent(incident -> Thread.ofVirtual().name("incident").start(() -> follow(incident)));
  }

  /// Waits for the first write and for the old primary, and writes down what is known by then.
  private void follow(Incident begun) {
    Incident incident = begun;
    try {
      incident = awaitWrite(incident);
      LOG.atInfo().addKeyValue("incident", incident.toStatus()).log("primary changed");
      String reason = incident.kind() == Incident.Kind.SWITCHOVER ? "Switchover" : "Failover";
      recorder.normal(cluster.current(), reason, incident.sentence());
      write(incident);
      if (!incident.from().equals(pod)) {
        Incident back = awaitOld(incident);
        if (back.oldBack() != null) {
          write(back);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean leads(Incident incident) {
    LeaseRecord lease = state.get().leaseRecord();
    return state.get().leads() && lease != null && lease.term() == incident.term();
  }

  private Incident awaitWrite(Incident incident) throws InterruptedException {
    long end = System.nanoTime() + WRITE_PATIENCE.toNanos();
    var write = new FirstWrite(sql);
    while (System.nanoTime() < end && leads(incident)) {
      try {
        if (write.isDone()) {
          return incident.written(wall.instant());
        }
      } catch (PostgresException e) {
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("first write not seen");
      }
      Thread.sleep(100);
    }
    return incident;
  }

  private Incident awaitOld(Incident incident) throws InterruptedException {
    long end = System.nanoTime() + BACK_PATIENCE.toNanos();
    while (System.nanoTime() < end && leads(incident)) {
      boolean back =
          observer.replication().stream()
              .anyMatch(row -> row.name().equals(incident.from()) && row.streaming());
      if (back) {
        return incident.back(wall.instant());
      }
      Thread.sleep(500);
    }
    return incident;
  }

  private void write(Incident incident) throws InterruptedException {
    for (int attempt = 0; attempt < 20; attempt++) {
      try {
        ObjectNode object = kube.get(Resource.CLUSTERS, namespace, Json.name(cluster.current()));
        ObjectNode patch = Json.object();
        patch.putObject("metadata").put("resourceVersion", Json.resourceVersion(object));
        ArrayNode entries = patch.putObject("status").putArray("incidents");
        entries.add(incident.toStatus());
        for (JsonNode old : object.path("status").path("incidents")) {
          if (entries.size() < KEPT && !incident.isSame(old)) {
            entries.add(old);
          }
        }
        kube.patchStatus(Resource.CLUSTERS, namespace, Json.name(object), new Patch.Merge(patch));
        return;
      } catch (KubeException e) {
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("incident not written yet");
        Thread.sleep(Math.min(5_000, 200L << Math.min(attempt, 5)));
      }
    }
    LOG.atWarn().addKeyValue("incident", incident.toStatus()).log("incident not written");
  }
}
