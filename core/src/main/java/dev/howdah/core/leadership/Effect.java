// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.time.Duration;

/// What to do. The driver executes the effects of a step in order, before it feeds the next event.
/// Calls over the network and long work are only *started* in order; their answers are events.
/// [Persist], [SendPermit], [Fence] and [CallOff] are complete when they return. If one of these
/// fails, drop the rest of the step's effects, fence, and end.
///
/// The driver may have been held up between two effects. So right before [Promote],
/// [StartAsPrimary] and [Open] it checks that the guard lives and that its permit isn't over; else
/// it drops the rest of the step's effects and feeds [Event.GuardLost].
public sealed interface Effect {
  /// GET the Lease without `resourceVersion`, within the retry period.
  record ReadLease(long request) implements Effect {}

  /// Replace the Lease's content if its revision still is `version`, within the retry period.
  /// `renewTime` (and `acquireTime` when the owner changes) are stamped with the wall clock; nobody
  /// decides by them.
  record WriteLease(long request, String version, LeaseRecord record) implements Effect {}

  /// Replace the durable state in the data directory, and fsync it.
  record Persist(Durable durable) implements Effect {}

  /// Send to an instance. Unreachable is the same as lost.
  record Send(String to, PeerMessage message) implements Effect {}

  /// Tell the guard (start it if there is none) that PostgreSQL may accept writes until this
  /// instant of the boot-time clock. The guard's duty ends when PostgreSQL is down: dismiss it
  /// then, so that it doesn't kill what runs as a standby later.
  ///
  /// @param keep should this run die, PostgreSQL may go on under the permit, for the next run to
  ///   adopt it; else the guard kills it at once
  record SendPermit(long until, boolean keep) implements Effect {}

  /// Stop the WAL receiver (`primary_conninfo = ''`), wait until it is gone; answers with
  /// [Event.Sealed] or, after the retry period, [Event.SealFailed].
  record Seal(String version) implements Effect {}

  /// Start PostgreSQL as primary on its data (crash recovery included), with `sync` as the
  /// synchronous standbys from the first moment.
  ///
  /// @param open false: only the instance manager may connect, until [Open]
  record StartAsPrimary(SyncConfig sync, boolean open) implements Effect {}

  /// PostgreSQL has ended, or wasn't seen to start: whatever was ordered before, to start it again
  /// or to restart it, doesn't happen any more. What runs all the same is killed.
  record CallOff() implements Effect {}

  /// PostgreSQL, which a run before this one started, is ours: its files are those of an open
  /// primary, with `sync` as the synchronous standbys when they are written next.
  record Adopt(SyncConfig sync) implements Effect {}

  /// Let clients connect.
  record Open() implements Effect {}

  /// Run as a standby of `upstream`: start, rewind or clone as needed, and stream from nobody else.
  ///
  /// @param upstream empty: run without a WAL receiver
  /// @param timeline the one `upstream` writes, or is about to
  /// @param held where its log ended when it last wrote the Lease, at its election say
  record Follow(String upstream, Timeline timeline, WalPosition held) implements Effect {
    /// Whether the upstream's log is known to contain one that ends here, without asking it: who
    /// was just elected can't be asked before it is promoted.
    public boolean contains(WalPosition end) {
      return !end.lsn().isZero()
          && end.timeline().equals(held.timeline())
          && held.lsn().compareTo(end.lsn()) >= 0;
    }
  }

  /// Promote the running standby, with `sync` in force before the first client commit, onto exactly
  /// this timeline: numbers between are taken by promotions that left no trace here.
  record Promote(Timeline timeline, SyncConfig sync) implements Effect {}

  /// Kill PostgreSQL now, with all its processes (2.6). Also when it is already dying.
  record Fence(String reason) implements Effect {}

  /// Stop PostgreSQL in order: refuse new clients, checkpoint, fast shutdown with all WAL sent;
  /// immediate shutdown after `deadline`.
  record Stop(Duration deadline, StopReason reason) implements Effect {}

  /// Why PostgreSQL is stopped in order.
  enum StopReason {
    /// Another instance takes over.
    HANDOVER,
    /// The instance manager ends; `smartShutdownTimeout` and `stopDelay` apply.
    END,
    /// A person fenced the instance.
    FENCED
  }

  /// Set `synchronous_standby_names` and reload; answers with [Event.SyncApplied]. One at a time: a
  /// newer one waits for one that is under way, and replaces one that waits.
  record ApplySync(SyncConfig config) implements Effect {}

  /// This instance is the primary: label it (and unlabel the others), and write
  /// `status.currentPrimary` and `status.targetPrimary`. Retry until done or this instance no
  /// longer leads.
  record Announce(long term, Timeline timeline) implements Effect {}

  /// Something a person or an incident record should know.
  record Report(Notice notice) implements Effect {}

  /// All is stopped and released: end the instance manager.
  record Exit() implements Effect {}

  /// A step in the life of the cluster's leadership.
  ///
  /// @param position what it is about, where a position matters; else [WalPosition#NONE]
  record Notice(Kind kind, long term, WalPosition position, String text) {
    /// What happened.
    public enum Kind {
      ACQUIRED,
      ADOPTED,
      RENEWAL_FAILED,
      FAILSAFE,
      FENCED,
      RELEASED,
      CANDIDATE,
      VOTED,
      REFUSED,
      ELECTED,
      PROMOTED,
      CRASHED,
      /// A start or a promotion got nowhere, and another instance may try.
      GAVE_UP,
      RESTARTED_IN_PLACE,
      SWITCHOVER,
      SWITCHOVER_ABORTED,
      SYNC_CHANGED,
      RESTORED_CONTROL_PLANE,
      WAITING
    }
  }
}
