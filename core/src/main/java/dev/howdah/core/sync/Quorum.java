// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import java.util.List;

/// What the Lease says about acknowledged commits: every one of them was confirmed by at least
/// `acknowledgements` of the `voters`, besides the primary itself. An election that hears
/// [#votesNeeded()] of them therefore meets each acknowledged commit (R + W > N).
///
/// @param asynchronous nothing is promised: any member that is reachable may be elected
/// @param voters empty while not asynchronous: only the data directory that was primary last may
///   become primary again
public record Quorum(boolean asynchronous, List<Member> voters, int acknowledgements) {
  public static final Quorum ASYNCHRONOUS = new Quorum(true, List.of(), 0);
  public static final Quorum SAME_DATA_ONLY = new Quorum(false, List.of(), 0);

  public Quorum {
    voters = List.copyOf(voters);
    if (asynchronous && !voters.isEmpty()) {
      throw new IllegalArgumentException("an asynchronous cluster has no voters");
    }
    if (acknowledgements < 0 || acknowledgements > voters.size()) {
      throw new IllegalArgumentException(
          acknowledgements + " acknowledgements of " + voters.size() + " voters");
    }
  }

  public static Quorum of(List<Member> voters, int acknowledgements) {
    return voters.isEmpty() ? SAME_DATA_ONLY : new Quorum(false, voters, acknowledgements);
  }

  /// R = N - W + 1.
  public int votesNeeded() {
    return voters.size() - acknowledgements + 1;
  }

  public boolean hasVoter(String name, String volume) {
    for (Member voter : voters) {
      if (voter.name().equals(name)) {
        return !voter.isRemote() && voter.volume().equals(volume);
      }
    }
    return false;
  }

  public boolean hasName(String name) {
    for (Member voter : voters) {
      if (voter.name().equals(name)) {
        return true;
      }
    }
    return false;
  }
}
