// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.replica;

import dev.howdah.core.wal.Timeline;

/// What the holder of the Lease makes of its server when `spec.replica` has its cluster follow
/// another one, or no longer. In office, the server is a standby of the other cluster, and the
/// primary of this one: the *designated primary*.
public final class Following {
  private Following() {}

  /// How a stopped server starts when its instance holds the Lease.
  public enum Start {
    /// As a primary for clients.
    PRIMARY,
    /// As a primary without clients: its log gets an end first, and nobody adds to it.
    CLOSED_PRIMARY,
    /// As a standby of the other cluster.
    IN_OFFICE
  }

  /// What is to be done next.
  public enum Duty {
    /// Nothing: it is a primary, and should be.
    LEAD,
    /// Nothing: it follows, and should.
    FOLLOW,
    /// Stop the primary in order, say where its log ended, and start in office.
    DEMOTE,
    /// Promote, unless the token says that the log isn't complete.
    PROMOTE_AT_TOKEN,
    /// Promote; or see a promotion to its end.
    PROMOTE
  }

  /// @param follows what the Cluster asks for
  /// @param standby whether the data is a standby's: then only a promotion makes a primary of it,
  ///   which looks at the token, and begins a timeline of its own
  public static Start start(boolean follows, boolean standby) {
    if (standby) {
      return Start.IN_OFFICE;
    }
    return follows ? Start.CLOSED_PRIMARY : Start.PRIMARY;
  }

  /// Whether an elected standby takes office instead of being promoted.
  ///
  /// @param awaitsToken the cluster is to be promoted at a certain point, and isn't known to have
  ///   been: whoever is elected waits for that point in the other's place
  public static boolean takesOffice(boolean follows, boolean awaitsToken) {
    return follows || awaitsToken;
  }

  /// @param recovers whether the server is a standby indeed: one whose promotion was begun, and not
  ///   seen to its end, isn't
  public static Duty duty(
      boolean follows, boolean inOffice, boolean recovers, boolean awaitsToken) {
    if (!inOffice) {
      return follows ? Duty.DEMOTE : Duty.LEAD;
    }
    if (!recovers) {
      return Duty.PROMOTE;
    }
    if (follows) {
      return Duty.FOLLOW;
    }
    return awaitsToken ? Duty.PROMOTE_AT_TOKEN : Duty.PROMOTE;
  }

  /// Whether a token is of the past: this cluster's log went on since, on a newer timeline. An
  /// instance that stayed behind may stand exactly there, and lacks what came later.
  ///
  /// @param token the timeline that the token is of
  /// @param reached the newest timeline that a primary of this cluster, or its designated one, is
  ///   known to have had
  public static boolean isOfThePast(Timeline token, Timeline reached) {
    return token.compareTo(reached) < 0;
  }

  /// Whether a token that was kept is to be told. One of an earlier run gives way to what is told
  /// already: another instance may have been demoted since.
  ///
  /// @param made the token of the demotion that this run saw; empty: of none
  public static boolean tells(String token, String told, String made) {
    return !token.equals(told) && (told.isEmpty() || token.equals(made));
  }
}
