// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

/// The rules that carry the argument for safety. Production obeys all of them; the simulation
/// switches off one at a time, to prove that it would notice.
public enum SafetyRule {
  PERMIT_BEFORE_SEND("the permit counts from before the renewal was sent"),
  PERMIT_BEFORE_PROMOTION("no promotion when the permit of the winning write is over"),
  GUARD("the guard kills PostgreSQL when the permit ends"),

  ADOPTION(
      "a server that outlived its manager has the old permit only, until its Lease is taken again"),

  START_GATE("no start as primary without the Lease"),
  INCARNATION_CHECK("only the incarnation in the Lease is its holder"),
  OTHER_BOOT_WAITS("a holder's new run on another machine waits for the old one's permit to end"),
  LEASE_UNCHANGED_WAIT("a held Lease is free only when seen unchanged for its whole duration"),
  CONDITIONAL_WRITE("the Lease is taken by a conditional write on the revision voted on"),
  PROMISE("a member that promised not to vote does not vote"),
  ALL_PROMISE("failsafe needs the promise of every member"),

  SEAL_BEFORE_VOTE("a vote is given only after the WAL receiver was stopped"),
  SEAL_IS_DURABLE("a seal survives a restart"),
  SEAL_UNTIL_CHANGE("a sealed member streams only after it read another Lease revision"),
  NEWCOMER_IS_SEALED(
      "new data receives nothing before the Lease has changed: its name may have voted"),
  FRESH_REVISION("votes and candidacies are for a revision just read, else a newer seal is lost"),
  QUORUM("an election needs N - W + 1 votes"),
  TIMELINE_FIRST("timelines are compared before positions"),
  MOST_ADVANCED("only the most advanced of the voters may win"),
  VOLUME_CHECK("a vote counts only from the data directory that is listed"),
  LAST_DATA_ONLY("with no voters only the last primary's data may become primary"),
  SYNC_BEFORE_OPEN("the synchronous standbys are in force before the first client commit"),
  VOTERS_FIRST_WHEN_ADDING("a standby is published as voter before it can acknowledge"),
  APPLY_BEFORE_NARROWING("a voter is taken out only after the server no longer waits for it"),
  WAIT_BEFORE_NARROWING("a voter is taken out only after the remaining ones confirmed"),
  WAIT_BEFORE_FIRST_VOTERS("the first voters are published only after they confirmed"),
  EMPTY_VOTERS_FIRST("voters are emptied before the synchronous list is"),
  RULE_IS_SEEN("synchronous standbys are in force when all processes are seen to go by them"),
  UNANSWERED_WRITE("nothing is built on a write that may still be done later"),
  EXACT_END("a release spares the votes only if it names the exact end of the log"),
  PEER_RELEASES_WHAT_WAS_MEANT(
      "a peer releases the Lease in its holder's place only at the revision that the holder stopped at"),
  UNPROMOTED_END("an end of the log from before a promotion counts only if that left no trace"),
  GIVING_UP("who doesn't get PostgreSQL to accept writes lets another try"),
  CALLED_OFF("what was ordered before PostgreSQL ended doesn't start it afterwards"),
  RELEASE_AFTER_STOP("the Lease is released only when PostgreSQL is gone"),
  NEWEST_LEASE(
      "a Lease older than one already seen is a restored control plane: nobody acts on it"),
  NOBODY_KNOWS_MORE(
      "whose Lease is lost leads again only when all others are heard and know no later one"),
  LAST_LEADER_IS_SEEN(
      "whose Lease is lost leads again only if it was seen to have the newest: a claim may be lost"),
  NAMED_HAS_LED(
      "whose Lease is lost leads in place of another that the Cluster names if that one's data led"),
  FREEING_IS_NO_NEWS("who frees a dead holder's Lease doesn't make it look newer than it is"),
  DATA_CLAIM("the last primary is recognised by what its data directory says, not by its name"),
  CLOSED_UNTIL_CONFIRMED("after a restart clients wait until the voters confirmed its end"),
  FOLLOW_HOLDER_ONLY("a standby streams only from the holder of the current term"),
  CONNECT_TO_WHAT_CONTAINS(
      "a standby connects only to a log that contains its own: it confirms what it doesn't have"),

  ROUTE_CHECKS_OTHERS("a new primary looks whether another pod still has the primary's label"),
  ROUTE_IS_LOOKED_AT_AGAIN("labels are looked at again when calls that were given up are over"),

  SWAP_STOPS_IN_ORDER("a demotion token is made only of a log that ended in order"),
  SWAP_AT_TOKEN("a replica cluster is promoted only where its token says"),
  SWAP_TOKEN_IS_PRESENT("a token older than what the Lease knows of the log promotes nobody"),
  SWAP_STANDBY_STAYS("a standby's data becomes a primary's by promotion alone"),
  SWAP_ELECTED_TAKES_OFFICE("who is elected where a token is awaited isn't promoted"),
  SWAP_OLD_TOKEN_GOES("a cluster isn't demoted while the token of an earlier time is told"),
  SWAP_VOTERS_STAY("a demoted cluster elects by its voters until it is promoted at a token"),
  SWAP_LOST_VOTERS_ARE_MADE_ANEW(
      "whose Lease is lost while it is in office is followed only by who has all of its log"),
  SWAP_OLD_VOTERS_GO("no voter of an earlier time is left when a cluster is promoted at a token"),
  SWAP_VOTERS_FIRST("a token counts as used only when the promoted cluster elects by voters"),
  SWAP_USED_TOKEN_IS_FORGOTTEN("after a demotion, no token counts as one that was checked before"),
  SWAP_FRESH_CLUSTER("who becomes a primary has just read whether its cluster follows another");

  private final String text;

  SafetyRule(String text) {
    this.text = text;
  }

  public String text() {
    return text;
  }
}
