// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.wal.WalPosition;
import java.util.List;

/// The protocol of one instance: a function from its state and an event to its next state and what
/// to do.
///
/// Time is the boot-time clock (`CLOCK_BOOTTIME`) in nanoseconds; only differences of one machine's
/// readings are used.
public final class Leadership {
  private Leadership() {}

  /// A run of an instance manager begins.
  ///
  /// Call it with the data directory's lock held (so that no earlier run on this kernel still uses
  /// it) and with every process of an earlier PostgreSQL gone, but for one that the guard kept.
  ///
  /// @param kept what the guard kept running when the run before died; then `postgres` is that
  /// @param seed any number that differs from run to run
  public static State initial(
      Identity self,
      Settings settings,
      Durable durable,
      PostgresStatus postgres,
      Kept kept,
      long now,
      long seed) {
    boolean own = durable.isFor(self.volume()) || !settings.has(SafetyRule.DATA_CLAIM);
    Durable read = own ? durable : Durable.NEW;
    boolean newcomer = read.volume().isEmpty() && settings.has(SafetyRule.NEWCOMER_IS_SEALED);
    Durable bound = newcomer ? read.asNewcomer() : read;
    Durable known = settings.has(SafetyRule.SEAL_IS_DURABLE) ? bound : bound.withSeal(null);
    boolean adopts = Adoption.isPossible(kept, postgres, now);
    return new State(
        self,
        settings,
        seed,
        seed >>> 1,
        adopts ? Role.ADOPTING : Role.FOLLOWER,
        now,
        known,
        postgres,
        ClusterView.UNKNOWN,
        LeaseView.UNKNOWN,
        0,
        0,
        "",
        null,
        adopts ? kept.permit() : Long.MIN_VALUE,
        0,
        0,
        null,
        List.of(),
        Ballot.NONE,
        null,
        0,
        0,
        "",
        List.of(),
        0,
        Replication.NONE,
        Outgoing.NONE,
        Attempts.NONE,
        "",
        adopts ? kept : Kept.NONE,
        false);
  }

  /// Whether another process may go on from here while PostgreSQL runs: nothing is under way that
  /// only this one knows of, and time is left before the permit ends. A leader's PostgreSQL is then
  /// adopted by the next run, as after an accident; a standby's is followed further.
  public static boolean canHandOver(State state, long now) {
    LeaseView lease = state.lease();
    LeaseRecord record = lease.record();
    if (state.stopping()
        || state.write() != null
        || state.candidacy() != null
        || record == null
        || lease.restored()
        || lease.doubtful()) {
      return false;
    }
    return switch (state.role()) {
      case LEADING ->
          state.postgres().phase() == PostgresStatus.Phase.PRIMARY
              && record.isHeldBy(state.self())
              && state.failingSince() == 0
              && state.outgoing().target().isEmpty()
              && !state.outgoing().stopping()
              && state.replication().isQuiet(state.cluster().inOffice())
              && state.permit() - now >= state.settings().timings().permit() * 3 / 4;
      case FOLLOWER ->
          state.postgres().phase() == PostgresStatus.Phase.STANDBY
              && !record.isFree()
              && state.durable().seal() == null
              && state.ballot().sealing().isEmpty()
              && state.ballot().waiting().isEmpty();
      default -> false;
    };
  }

  public static Step step(State state, long now, Event event) {
    var turn = new Turn(state, now);
    if (turn.role != Role.ENDED) {
      take(turn, event);
      Duties.perform(turn);
    }
    return new Step(turn.state(), List.copyOf(turn.effects), turn.wakeAt());
  }

  private static void take(Turn turn, Event event) {
    switch (event) {
      case Event.Tick _ -> {}
      case Event.LeaseRead(long request, LeaseAnswer answer) ->
          LeaseLoop.answered(turn, request, answer);
      case Event.LeaseChanged(String version) -> LeaseLoop.changed(turn, version);
      case Event.LeaseWritten(long request, WriteOutcome outcome) ->
          LeaseLoop.written(turn, request, outcome);
      case Event.Received(PeerMessage message) -> Peers.received(turn, message);
      case Event.PostgresChanged(PostgresStatus status) -> PostgresWatch.changed(turn, status);
      case Event.Sealed sealed -> VoteHandler.sealed(turn, sealed.version(), sealed.position());
      case Event.SealFailed(String version, String reason) ->
          VoteHandler.sealFailed(turn, version, reason);
      case Event.GuardLost(String reason) -> {
        if (turn.holds()) {
          turn.fence(reason);
        }
      }
      case Event.DataReplaced(String volume) -> {
        Identity old = turn.self;
        turn.self = new Identity(old.name(), volume, old.incarnation(), old.boot());
        Durable empty = turn.durable.withoutClaim().withSeal(null);
        turn.persist(turn.has(SafetyRule.NEWCOMER_IS_SEALED) ? empty.asNewcomer() : empty);
        turn.ballot = new Ballot(turn.ballot.promisedUntil(), "", null, List.of());
      }
      case Event.ClusterRead(ClusterView view) -> SyncLoop.told(turn, view);
      case Event.Progressed(String doing) -> Attempts.progressed(turn, doing);
      case Event.StopRequested _ -> turn.stopping = true;
      case Event.ReplicationRead read -> SyncLoop.read(turn, read.rows());
      case Event.SyncApplied applied -> SyncLoop.applied(turn, applied);
      case Event.RestartedClosed(WalPosition end) -> SyncLoop.restarted(turn, end);
      case Event.VotersUsedUp _ -> SyncLoop.usedUp(turn);
      case Event.ClockJumped(String reason) -> {
        if (turn.holds()) {
          turn.fence(reason);
        }
      }
    }
  }
}
