// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.replication;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalPosition;
import java.util.Optional;

/// How a stopped data directory can come to follow a server.
public sealed interface RejoinDecision {
  /// As it is: all it has is part of the upstream's history.
  record Follow() implements RejoinDecision {}

  /// It has received, but not replayed, WAL that is no part of the upstream's history: follow once
  /// that WAL is out of the way.
  record FollowWithoutSurplus(WalPosition divergence) implements RejoinDecision {}

  /// Its pages hold changes that are no part of the upstream's history.
  ///
  /// @param divergence the last point that both share
  record Rewind(WalPosition divergence) implements RejoinDecision {}

  /// Nothing but a new copy helps.
  record Clone(String reason) implements RejoinDecision {}

  /// Not to be decided yet.
  record Wait(String reason) implements RejoinDecision {}

  /// What is known of the own data directory.
  ///
  /// @param systemIdentifier of the database cluster; compared with the upstream's
  /// @param end the end of its WAL, exactly; {@link Own#beyond} if that could not be found out
  /// @param replayed for a standby, how far its pages may be; the same as `end` for an old primary
  /// @param history of the end's timeline, if it is known here
  /// @param rewindable whether it has data checksums or `wal_log_hints`
  record Own(
      long systemIdentifier,
      WalPosition end,
      WalPosition replayed,
      Optional<TimelineHistory> history,
      boolean rewindable) {
    /// A position that stands for an unknown one on this timeline: no history that left it contains
    /// it.
    public static WalPosition beyond(Timeline timeline) {
      return new WalPosition(timeline, new Lsn(-1));
    }
  }

  /// What is known of the server to follow.
  ///
  /// @param history of the timeline that it writes
  /// @param checkpointed whether its last checkpoint is on that timeline; `pg_rewind` is misled
  ///   before (PostgreSQL manual: it compares the timelines of the last checkpoints)
  record Upstream(long systemIdentifier, TimelineHistory history, boolean checkpointed) {}

  /// Decides.
  static RejoinDecision of(Own own, Upstream upstream) {
    if (own.systemIdentifier() != upstream.systemIdentifier()) {
      return new Clone(
          "it holds another database cluster (system identifier %s, not %s)"
              .formatted(
                  Long.toUnsignedString(own.systemIdentifier()),
                  Long.toUnsignedString(upstream.systemIdentifier())));
    }
    TimelineHistory past = upstream.history();
    if (past.contains(own.end())) {
      return new Follow();
    }
    Optional<WalPosition> divergence = divergence(own, past);
    if (divergence.isEmpty()) {
      return new Clone("it shares no timeline with the upstream");
    }
    boolean pagesAreFine =
        !own.replayed().equals(WalPosition.NONE)
            && !own.replayed().equals(own.end())
            && past.contains(own.replayed());
    if (pagesAreFine) {
      return new FollowWithoutSurplus(divergence.get());
    }
    if (!own.rewindable()) {
      return new Clone(
          "it went another way after %s and has neither data checksums nor wal_log_hints"
              .formatted(divergence.get()));
    }
    if (own.end().timeline().equals(past.timeline())) {
      return new Clone(
          "it has WAL that the upstream, on the same timeline, does not have: " + own.end());
    }
    return upstream.checkpointed()
        ? new Rewind(divergence.get())
        : new Wait("the upstream has no checkpoint on timeline " + past.timeline() + " yet");
  }

  private static Optional<WalPosition> divergence(Own own, TimelineHistory past) {
    if (own.history().isPresent()) {
      return past.commonWith(own.history().get());
    }
    Optional<Lsn> end = past.endOf(own.end().timeline());
    return end.map(lsn -> new WalPosition(own.end().timeline(), lsn))
        .or(() ->
            own.end().timeline().equals(past.timeline())
                ? Optional.of(own.end())
                : Optional.empty());
  }
}
