// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PeerMessage.PositionReply;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.sync.Enforcement;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSpec;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A primary that was demoted: it follows another cluster now, and leads its own.
class OfficeTest {
  private static final long SECOND = 1_000_000_000L;
  private static final SyncSpec SPEC = SyncSpec.required(SyncConfig.Method.ANY, 1);
  private static final Identity SELF = new Identity("east-1", "v1", "pod/run", "boot");
  private static final Member TWO = new Member("east-2", "v2");
  private static final Member THREE = new Member("east-3", "v3");
  private static final WalPosition END = WalPosition.of(4, 1000);

  private State state =
      Leadership.initial(
          SELF,
          Settings.of(Timings.FAST),
          new Durable("v1", 3, 3, 17, 3, 4, 4, null),
          PostgresStatus.down(Data.PRIMARY, END, Exit.CLEAN),
          Kept.NONE,
          0,
          42);
  private LeaseRecord lease;
  private int version = 1;
  private long asked;
  private long now;

  OfficeTest() {
    lease = lease(Quorum.of(List.of(TWO, THREE), 1));
  }

  private static LeaseRecord lease(Quorum quorum) {
    var copy = LeaseRecord.FRESH.heldBy(SELF, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(SELF.member(), TWO, THREE);
    copy.quorum = quorum;
    return copy.build();
  }

  @Test
  void electionsGoByTheVotersAsLongAsTheTokenIsNotUsedUp() {
    lead();
    pass(10);

    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(TWO, THREE), 1));
  }

  @Test
  void everyInstanceThatHasAllOfItMayBeElectedAlone() {
    lead();
    say(TWO, END);
    say(THREE, END);
    pass(2);
    say(THREE, WalPosition.NONE); // is down
    pass(10);

    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(TWO, THREE), 2));
    assertThat(lease.quorum().votesNeeded()).isEqualTo(1);
  }

  @Test
  void oneThatLagsIsNoVoter() {
    lead();
    say(TWO, END);
    say(THREE, WalPosition.of(4, 900));
    pass(2);

    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(TWO), 1));
  }

  @Test
  void newDataVotesOnceItHasAllOfIt() {
    lead();
    var renewed = new Member("east-2", "v2b");
    say(TWO, END);
    pass(2);
    say(renewed, WalPosition.of(4, 10));
    pass(2);
    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(TWO), 1));

    say(renewed, END);
    pass(2);
    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(renewed), 1));
  }

  /// The other cluster's promotion may be lost with its instances, before anybody else has it, and
  /// the demotion be taken back then.
  @Test
  void theVotersStayWhenTheOtherClusterWentOnFromThere() {
    lead();
    see(WalPosition.of(5, 1100));
    say(TWO, WalPosition.of(4, 1000));
    pass(3);

    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(TWO, THREE), 1));
    assertThat(lease.reached()).isEqualTo(new Timeline(5));
  }

  /// It need not have what the other cluster wrote just now.
  @Test
  void whoHasAllThatWasAcknowledgedIsAVoterWhileTheLogGoesOn() {
    lead();
    see(WalPosition.of(5, 9000));
    say(TWO, WalPosition.of(5, 1010));
    say(THREE, WalPosition.of(5, 900));
    pass(2);

    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(TWO), 1));
  }

  @Test
  void aClusterThatWasNeverAPrimaryHasNoVoters() {
    var copy = lease.copy();
    copy.quorum = Quorum.SAME_DATA_ONLY;
    copy.reached = Timeline.NONE;
    lease = copy.build();
    lead();
    pass(3);

    assertThat(lease.quorum()).isEqualTo(Quorum.ASYNCHRONOUS);
    assertThat(lease.reached()).isEqualTo(END.timeline());
  }

  @Test
  void anybodyMayBeElectedWhenItIsAboutToBePromotedAtAToken() {
    lead();
    feed(new Event.VotersUsedUp());
    pass(1);

    assertThat(lease.quorum()).isEqualTo(Quorum.ASYNCHRONOUS);
  }

  @Test
  void whoTakesTheDemotionBackWaitsForTheVotersFromTheFirstCommitOn() {
    lead();
    assertThat(state.synchronous())
        .isEqualTo(new SyncConfig(SyncConfig.Method.ANY, 1, List.of("east-2", "east-3")));
  }

  /// Its Lease was lost with all that it said of voters.
  @Test
  void itNamesVotersAnewAsSoonAsTheyHaveAllOfItsLog() {
    lease = lease(Quorum.SAME_DATA_ONLY);
    lead();
    say(TWO, END);
    say(THREE, WalPosition.of(4, 900));
    pass(2);

    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(TWO), 1));
  }

  @Test
  void withoutVotersItWaitsUntilThereAreSome() {
    lease = lease(Quorum.SAME_DATA_ONLY);
    lead();

    assertThat(lease.quorum()).isEqualTo(Quorum.SAME_DATA_ONLY);
    assertThat(state.synchronous()).isEqualTo(Enforcement.NOBODY);
  }

  @Test
  void aSwitchoverHandsTheOfficeOverToOneThatTheVotersCanElect() {
    lead();
    answer(TWO, END);
    pass(2);
    feed(cluster("east-2"));
    stop(TWO);
    assertThat(lease.holder()).as("before it says that it may be elected").isEqualTo("east-1");

    answer(TWO, END);
    pass(1);

    assertThat(lease.holder()).isEmpty();
    assertThat(lease.preferred()).isEqualTo("east-2");
    assertThat(lease.complete()).as("it has to be elected").isFalse();
    assertThat(lease.quorum()).isEqualTo(Quorum.of(List.of(TWO), 1));
  }

  @Test
  void aSwitchoverToOneThatTheVotersCanNotElectIsUndone() {
    lead();
    answer(TWO, END);
    pass(2);
    feed(cluster("east-3"));
    stop(THREE);
    answer(THREE, END);
    pass(5);

    assertThat(lease.holder()).isEqualTo("east-1");
    assertThat(state.role()).isEqualTo(Role.STARTING);
  }

  // ---- the world

  /// Stops as soon as the target is near.
  private void stop(Member target) {
    pass(1);
    answer(target, END);
    pass(1);
    assertThat(state.role()).isEqualTo(Role.HANDING_OVER);
    feed(
        new Event.PostgresChanged(PostgresStatus.down(Data.STANDBY, WalPosition.NONE, Exit.CLEAN)));
  }

  /// What it was asked last.
  private void answer(Member member, WalPosition position) {
    var from = new Identity(member.name(), member.volume(), "pod/other", "boot");
    feed(new Event.Received(new PositionReply(from, asked, position, true, 3, 0)));
  }

  private void lead() {
    feed(cluster("east-1"));
    pass(1);
    see(END);
    pass(1);
    assertThat(state.leads()).isTrue();
  }

  private static Event cluster(String target) {
    return new Event.ClusterRead(
        new ClusterView(
            target, "east-1", List.of(), List.of("east-1", "east-2", "east-3"), SPEC, true));
  }

  private void see(WalPosition position) {
    feed(new Event.PostgresChanged(PostgresStatus.primary(position)));
  }

  private void say(Member member, WalPosition position) {
    var from = new Identity(member.name(), member.volume(), "pod/other", "boot");
    feed(new Event.Received(new PositionReply(from, Long.MAX_VALUE, position, true, 3, 0)));
  }

  private void pass(int seconds) {
    long end = now + seconds * SECOND;
    while (now < end) {
      now += SECOND / 4;
      feed(new Event.Tick());
    }
  }

  private void feed(Event event) {
    Step step = Leadership.step(state, now, event);
    state = step.state();
    for (Effect effect : step.effects()) {
      switch (effect) {
        case Effect.ReadLease(long request) ->
            feed(
                new Event.LeaseRead(
                    request, new LeaseAnswer.Found(lease, String.valueOf(version))));
        case Effect.WriteLease write -> {
          lease = write.record();
          version++;
          feed(
              new Event.LeaseWritten(
                  write.request(), new WriteOutcome.Written(String.valueOf(version))));
        }
        case Effect.Send(var _, PositionRequest request) -> asked = request.round();
        default -> {}
      }
    }
  }
}
