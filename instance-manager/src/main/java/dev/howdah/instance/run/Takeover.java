// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.State;
import dev.howdah.core.leadership.Timings;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.cluster.ClusterFields;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is known of a change of the primary while it takes place, on the instance that takes over.
///
/// It hears of PostgreSQL from whoever observes it, and of the protocol from its loop alone: with
/// each notice comes the state that led to it.
final class Takeover {
  private final String pod;
  private final Supplier<JsonNode> cluster;
  private final InstantSource wall;
  private final LongSupplier clock;

  private @Nullable Instant detected;
  private @Nullable Instant elected;
  private boolean receiving;
  private boolean crashed;

  /// Elected, and not promoted yet.
  private boolean tookOver;

  private String from = "";
  private boolean planned;

  /// The Lease that was taken, and when it became what it was then.
  private @Nullable LeaseRecord before;

  private Instant beforeAt = Instant.EPOCH;
  private WalPosition taken = WalPosition.NONE;

  /// @param clock as the protocol uses it, in nanoseconds
  Takeover(String pod, Supplier<JsonNode> cluster, InstantSource wall, LongSupplier clock) {
    this.pod = pod;
    this.cluster = cluster;
    this.wall = wall;
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
  }

  /// @param was the state of the protocol before the step that says this
  /// @return the incident, as far as it is known when the primary is there
  synchronized Optional<Incident> notice(State was, Notice notice) {
    Instant now = wall.instant();
    Incident.Kind kind = null;
    switch (notice.kind()) {
      case CANDIDATE -> detected = detected == null ? now : detected;
      case CRASHED -> {
        crashed = true;
        detected = now;
        from = pod;
      }
      case ELECTED -> {
        var fields = new ClusterFields(cluster.get());
        elected = now;
        before = was.leaseRecord();
        beforeAt = now.minusNanos(was.leaseUnchangedFor(clock.getAsLong()));
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
          kind = Incident.Kind.RESTART_IN_PLACE;
        }
      }
      case PROMOTED -> {
        // In a cluster that follows another one, a holder that starts again is promoted again.
        if (tookOver) {
          kind = planned ? Incident.Kind.SWITCHOVER : Incident.Kind.FAILOVER;
        } else if (crashed) {
          kind = Incident.Kind.RESTART_IN_PLACE;
        }
      }
      case RELEASED, FENCED -> forget();
      default -> {}
    }
    return kind == null ? Optional.empty() : Optional.of(begun(kind, was, notice, now));
  }

  private void forget() {
    detected = null;
    elected = null;
    crashed = false;
    tookOver = false;
  }

  private Incident begun(Incident.Kind kind, State was, Notice notice, Instant now) {
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
            fenced(kind, was, noticed, takenAt),
            takenAt,
            now,
            null,
            null,
            loss.bytes(),
            loss.words());
    forget();
    return incident;
  }

  /// When the old primary was surely unable to write: a Lease is released only after PostgreSQL is
  /// gone; else its guard killed it when the permit ended, counted from its last renewal, or from
  /// the last promise that it got here while the API server was away.
  private Instant fenced(Incident.Kind kind, State was, Instant noticed, Instant taken) {
    LeaseRecord old = before;
    if (kind == Incident.Kind.RESTART_IN_PLACE || old == null) {
      return noticed;
    }
    Timings timings = was.settings().timings();
    long kill = timings.permit() + Timings.KILL + Timings.GUARD_LATENESS;
    Instant known = old.isFree() ? beforeAt : beforeAt.plusNanos(kill);
    long promised = was.promisedUntil();
    if (!old.isFree() && promised != Long.MIN_VALUE) {
      long left = promised - clock.getAsLong() - timings.lease() + kill;
      known = later(known, wall.instant().plusNanos(left));
    }
    return known.isAfter(taken) ? taken : known;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
