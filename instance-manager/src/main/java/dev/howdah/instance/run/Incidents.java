// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.State;
import dev.howdah.core.leadership.Timings;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.cluster.ClusterFields;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
  private final BootClock clock;
  private final EventRecorder recorder;

  private @Nullable Instant detected;
  private @Nullable Instant elected;
  private boolean receiving;
  private boolean crashed;

  /// Elected, and not promoted yet.
  private boolean tookOver;

  private String from = "";
  private boolean planned;
  private @Nullable LeaseRecord before;
  private Instant beforeAt = Instant.EPOCH;
  private WalPosition taken = WalPosition.NONE;

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
    this.clock = clock;
  }

  /// A standby that no longer receives is the first sign.
  synchronized void event(Event event) {
    if (event instanceof Event.PostgresChanged(var status) && status.phase() == Phase.STANDBY) {
      if (receiving && !status.receiving()) {
        detected = wall.instant();
      } else if (status.receiving()) {
        detected = null;
      }
      receiving = status.receiving();
    }
    LeaseRecord seen = state.get().leaseRecord();
    if (seen != null && !seen.holder().equals(pod)) {
      before = seen;
      beforeAt = wall.instant().minusNanos(state.get().leaseUnchangedFor(clock.nanos()));
    }
  }

  synchronized void notice(Notice notice) {
    Instant now = wall.instant();
    switch (notice.kind()) {
      case CANDIDATE -> detected = detected == null ? now : detected;
      case CRASHED -> {
        crashed = true;
        detected = now;
        from = pod;
      }
      case ELECTED -> {
        var fields = new ClusterFields(cluster.current());
        elected = now;
        taken = notice.position();
        detected = detected == null ? now : detected;
        from = before == null ? fields.currentPrimary() : before.owner().name();
        planned = fields.targetPrimary().equals(pod) && !fields.currentPrimary().equals(pod);
        crashed = false;
        tookOver = true;
      }
      case ACQUIRED -> {
        if (crashed && elected == null) {
          elected = now;
        }
        if (crashed && notice.text().startsWith("PostgreSQL accepts")) {
          begin(Incident.Kind.RESTART_IN_PLACE, notice, now);
        }
      }
      case PROMOTED -> {
        // In a cluster that follows another one, a holder that starts again is promoted again.
        if (tookOver) {
          begin(planned ? Incident.Kind.SWITCHOVER : Incident.Kind.FAILOVER, notice, now);
        } else if (crashed) {
          begin(Incident.Kind.RESTART_IN_PLACE, notice, now);
        }
      }
      case RELEASED, FENCED -> forget();
      default -> {}
    }
  }

  private void forget() {
    detected = null;
    elected = null;
    crashed = false;
    tookOver = false;
  }

  private void begin(Incident.Kind kind, Notice notice, Instant now) {
    Instant noticed = detected == null ? now : detected;
    Instant takenAt = elected == null ? noticed : elected;
    Loss loss = kind == Incident.Kind.RESTART_IN_PLACE ? Loss.SAME_DATA : Loss.of(before, taken);
    var incident =
        new Incident(
            kind,
            from,
            pod,
            notice.term(),
            notice.position().timeline().id(),
            noticed,
            fenced(kind, noticed, takenAt),
            takenAt,
            now,
            null,
            null,
            loss.bytes(),
            loss.words());
    forget();
    Thread.ofVirtual().name("incident").start(() -> follow(incident));
  }

  /// When the old primary was surely unable to write: a Lease is released only after PostgreSQL is
  /// gone; else its guard killed it when the permit ended, counted from its last renewal, or from
  /// the last promise that it got here while the API server was away.
  private Instant fenced(Incident.Kind kind, Instant noticed, Instant taken) {
    LeaseRecord old = before;
    if (kind == Incident.Kind.RESTART_IN_PLACE || old == null) {
      return noticed;
    }
    Timings timings = state.get().settings().timings();
    long kill = timings.permit() + Timings.KILL + Timings.GUARD_LATENESS;
    Instant known = old.isFree() ? beforeAt : beforeAt.plusNanos(kill);
    long promised = state.get().promisedUntil();
    if (!old.isFree() && promised != Long.MIN_VALUE) {
      long left = promised - clock.nanos() - timings.lease() + kill;
      known = later(known, wall.instant().plusNanos(left));
    }
    return known.isAfter(taken) ? taken : known;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
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

  /// Transactions stay visible as running until their commit was confirmed by the standbys.
  private Incident awaitWrite(Incident incident) throws InterruptedException {
    long end = System.nanoTime() + WRITE_PATIENCE.toNanos();
    long first = -1;
    while (System.nanoTime() < end && leads(incident)) {
      try {
        var row =
            sql.query(
                    "SELECT txid_snapshot_xmin(s) AS oldest, txid_snapshot_xmax(s) AS next FROM"
                        + " txid_current_snapshot() s")
                .single();
        if (first < 0) {
          first = row.number("next");
        } else if (row.number("oldest") > first) {
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
