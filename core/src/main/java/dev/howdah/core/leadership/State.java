// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Enforcement;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.SyncConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All that the machine remembers between two events. Made by [Leadership#initial], changed only by
/// [Leadership#step].
///
/// @param random the state of the machine's own source of chance
/// @param lastId of calls and rounds; starts anywhere, so that runs don't take each other's answers
/// @param since when the present role began
/// @param reading the request of a read under way; 0: none
/// @param heard the last revision that the watch told of during that read; empty: none
/// @param write under way; null: none
/// @param permit until when PostgreSQL may accept writes; [Long#MIN_VALUE]: it must not
/// @param renewAt when the holder writes next
/// @param failingSince when the API server stopped answering the holder; 0: it answers
/// @param asked members that some write, known to have failed or not, made eligible: failsafe asks
///   them too
/// @param candidateAt not before; for chance and `failoverDelay`
/// @param takeAt not before is the Lease to be taken again after a write that failed
/// @param followed the last [Effect.Follow], as upstream and term; empty: none
/// @param aborted a target of a switchover that failed; not tried again until another was set
/// @param kept the run before, whose PostgreSQL this one found running and may adopt; or did
/// @param stopping the instance manager is to end
public record State(
    Identity self,
    Settings settings,
    long random,
    long lastId,
    Role role,
    long since,
    Durable durable,
    PostgresStatus postgres,
    ClusterView cluster,
    LeaseView lease,
    long reading,
    long readingSince,
    String heard,
    @Nullable Write write,
    long permit,
    long renewAt,
    long failingSince,
    @Nullable Failsafe failsafe,
    List<String> asked,
    Ballot ballot,
    @Nullable Candidacy candidacy,
    long candidateAt,
    long takeAt,
    String followed,
    List<Peer> peers,
    long positionsAt,
    Replication replication,
    Outgoing outgoing,
    Attempts attempts,
    String aborted,
    Kept kept,
    boolean stopping) {

  /// Whether this instance may accept writes, and until when it may.
  public boolean leads() {
    return role == Role.LEADING;
  }

  /// The synchronous standbys that a cluster which follows no other one any more has to wait for
  /// from its first commit on; null while it isn't known what the Lease says of that. It may name
  /// its first voters at any moment.
  public @Nullable SyncConfig synchronous() {
    LeaseRecord record = lease.record();
    if (record == null || lease.votersInDoubt(write)) {
      return null;
    }
    return record.quorum().equals(Quorum.SAME_DATA_ONLY)
        ? Enforcement.NOBODY
        : SyncLoop.inForce(cluster, record.quorum());
  }

  /// Until when this instance promised the holder to vote for nobody else; [Long#MIN_VALUE]: it did
  /// not.
  public long promisedUntil() {
    return ballot.promisedUntil();
  }

  /// For how long the Lease has been seen unchanged, in nanoseconds.
  public long leaseUnchangedFor(long now) {
    return now - lease.firstSeen();
  }

  /// The Lease as this instance last saw it; null before the first answer.
  public @Nullable LeaseRecord leaseRecord() {
    return lease.record();
  }
}
