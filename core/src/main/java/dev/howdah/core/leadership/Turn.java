// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step in the making: a working copy of the state, and the effects so far. Lives within one
/// call of [Leadership#step].
final class Turn {
  final long now;
  Identity self;
  final Settings settings;
  final Timings timings;
  final List<Effect> effects = new ArrayList<>(4);

  long random;
  long lastId;
  Role role;
  long since;
  Durable durable;
  PostgresStatus postgres;
  ClusterView cluster;
  LeaseView lease;
  long reading;
  long readingSince;
  String heard;
  @Nullable Write write;
  long permit;
  long renewAt;
  long failingSince;
  @Nullable Failsafe failsafe;
  List<String> asked;
  Ballot ballot;
  @Nullable Candidacy candidacy;
  long candidateAt;
  long takeAt;
  String followed;
  List<Peer> peers;
  long positionsAt;
  Replication replication;
  Outgoing outgoing;
  Attempts attempts;
  String aborted;
  Kept kept;
  boolean stopping;

  private long wake;

  Turn(State state, long now) {
    this.now = now;
    self = state.self();
    settings = state.settings();
    timings = settings.timings();
    random = state.random();
    lastId = state.lastId();
    role = state.role();
    since = state.since();
    durable = state.durable();
    postgres = state.postgres();
    cluster = state.cluster();
    lease = state.lease();
    reading = state.reading();
    readingSince = state.readingSince();
    heard = state.heard();
    write = state.write();
    permit = state.permit();
    renewAt = state.renewAt();
    failingSince = state.failingSince();
    failsafe = state.failsafe();
    asked = state.asked();
    ballot = state.ballot();
    candidacy = state.candidacy();
    candidateAt = state.candidateAt();
    takeAt = state.takeAt();
    followed = state.followed();
    peers = state.peers();
    positionsAt = state.positionsAt();
    replication = state.replication();
    outgoing = state.outgoing();
    attempts = state.attempts();
    aborted = state.aborted();
    kept = state.kept();
    stopping = state.stopping();
    wake = now + timings.retry() / 2;
  }

  /// Something is due then.
  void wakeAt(long instant) {
    if (instant > now && instant < wake) {
      wake = instant;
    }
  }

  long wakeAt() {
    return wake;
  }

  State state() {
    return new State(
        self,
        settings,
        random,
        lastId,
        role,
        since,
        durable,
        postgres,
        cluster,
        lease,
        reading,
        readingSince,
        heard,
        write,
        permit,
        renewAt,
        failingSince,
        failsafe,
        asked,
        ballot,
        candidacy,
        candidateAt,
        takeAt,
        followed,
        peers,
        positionsAt,
        replication,
        outgoing,
        attempts,
        aborted,
        kept,
        stopping);
  }

  void add(Effect effect) {
    effects.add(effect);
  }

  boolean has(SafetyRule rule) {
    return settings.has(rule);
  }

  void become(Role changed) {
    if (changed == Role.FOLLOWER) {
      outgoing = Outgoing.NONE;
    }
    role = changed;
    since = now;
  }

  long newId() {
    return ++lastId;
  }

  /// A number from 0 up to, but not including, `bound` (SplitMix64).
  long chance(long bound) {
    random += 0x9E3779B97F4A7C15L;
    long z = random;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return Long.remainderUnsigned(z ^ (z >>> 31), bound);
  }

  void report(Notice.Kind kind, WalPosition position, String text) {
    add(new Effect.Report(new Notice(kind, term(), position, text)));
  }

  void report(Notice.Kind kind, String text) {
    report(kind, WalPosition.NONE, text);
  }

  long term() {
    return lease.record() == null ? 0 : lease.record().term();
  }

  void persist(Durable changed) {
    if (!changed.equals(durable)) {
      durable = changed.on(self.volume());
      add(new Effect.Persist(durable));
    }
  }

  /// Whether the Lease may name other voters than was read: a write that names them has no answer
  /// yet, or got none. Where that is so, nobody knows here how many standbys commits wait for.
  boolean votersInDoubt() {
    return has(SafetyRule.UNANSWERED_WRITE) && lease.votersInDoubt(write);
  }

  /// Whether the Lease is ours, or was when PostgreSQL was last allowed to run.
  boolean holds() {
    return switch (role) {
      case ADOPTING, STARTING, PROMOTING, LEADING, CRASHED, HANDING_OVER, STOPPED_BY_HAND -> true;
      case FOLLOWER, FENCING, RELEASING, ENDED -> false;
    };
  }

  boolean isDown() {
    return postgres.phase() == PostgresStatus.Phase.DOWN;
  }

  /// Where the log of a stopped primary ends; [WalPosition#NONE] if that isn't known for sure.
  WalPosition exactEnd() {
    return isDown()
            && postgres.data() == PostgresStatus.Data.PRIMARY
            && postgres.exit() != PostgresStatus.Exit.STORAGE
        ? postgres.position()
        : WalPosition.NONE;
  }

  /// The same for a log that no promotion went on with, or only one that left no trace in the data:
  /// PostgreSQL removes what makes it a standby before it writes anything of its own. Where it did
  /// that nobody knows what clients got to write.
  WalPosition endOfLog() {
    if (!outgoing.promotion()) {
      return exactEnd();
    }
    boolean untouched = isDown() && postgres.data() == PostgresStatus.Data.STANDBY;
    return untouched || !has(SafetyRule.UNPROMOTED_END) ? outgoing.end() : WalPosition.NONE;
  }

  /// Not faster than this, should the API server refuse at once.
  boolean mayReadAgain() {
    long at = lease.readAt() + timings.retry() / 20;
    wakeAt(at);
    return now >= at;
  }

  void read() {
    if (reading == 0) {
      reading = newId();
      readingSince = now;
      add(new Effect.ReadLease(reading));
    }
  }

  void send(String to, PeerMessage message) {
    add(new Effect.Send(to, message));
  }

  @Nullable Peer peer(String name) {
    for (int i = 0; i < peers.size(); i++) {
      Peer peer = peers.get(i);
      if (peer.member().name().equals(name)) {
        return peer;
      }
    }
    return null;
  }

  /// All other instances that are known, from the Cluster or from the Lease.
  List<String> others() {
    var names = new ArrayList<String>(4);
    for (String name : cluster.instances()) {
      addOther(names, name);
    }
    if (lease.record() != null) {
      for (var member : lease.record().members()) {
        addOther(names, member.name());
      }
    }
    return names;
  }

  void addOther(List<String> names, String name) {
    if (!name.equals(self.name()) && !names.contains(name)) {
      names.add(name);
    }
  }

  /// Kills PostgreSQL; when it is gone, this instance starts over as a follower.
  void fence(String reason) {
    report(Notice.Kind.FENCED, postgres.position(), reason);
    add(new Effect.Fence(reason));
    leave();
    become(isDown() ? Role.FOLLOWER : Role.FENCING);
  }

  /// Kills PostgreSQL, and releases the Lease when it is gone.
  ///
  /// @param preferred who takes it then; empty: whoever is first, this instance too
  void fenceAndRelease(String reason, String preferred) {
    Outgoing begun = role == Role.PROMOTING ? outgoing : Outgoing.NONE;
    fence(reason);
    outgoing = begun.to(preferred, now);
    if (role == Role.FOLLOWER) {
      become(Role.RELEASING);
    }
  }

  /// From now on PostgreSQL stays down until it is ordered to start anew: others may be asked
  /// whether they have all of its log, and lead soon.
  void callOff() {
    if (has(SafetyRule.CALLED_OFF)) {
      add(new Effect.CallOff());
    }
  }

  /// PostgreSQL is gone: the Lease is to go too.
  ///
  /// @param end the exact end of its log; [WalPosition#NONE] if unknown
  void release(WalPosition end, String preferred) {
    leave();
    outgoing = new Outgoing(preferred, now, 0, true, end, 0);
    renewAt = now;
    become(Role.RELEASING);
  }

  private void leave() {
    permit = Long.MIN_VALUE;
    failsafe = null;
    write = null;
    candidacy = null;
    replication = Replication.NONE;
    outgoing = Outgoing.NONE;
    followed = "";
  }
}
