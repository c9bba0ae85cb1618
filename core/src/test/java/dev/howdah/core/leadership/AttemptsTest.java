// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PeerMessage.PositionReply;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSpec;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A standby has the whole log of a primary that released its Lease, is elected, and its promotion
/// hangs.
class AttemptsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Identity SELF = new Identity("main-2", "v2", "pod/run", "boot");
  private static final Member ONE = new Member("main-1", "v1");
  private static final Member THREE = new Member("main-3", "v3");
  private static final Identity OTHER =
      new Identity(THREE.name(), THREE.volume(), "pod/three", "boot");
  private static final WalPosition END = WalPosition.of(1, 1000);

  private final List<Effect.Notice> notices = new ArrayList<>();
  private State state =
      Leadership.initial(
          SELF,
          Settings.of(Timings.FAST),
          new Durable("v2", 0, 0, 17, 1, 1, 1, null),
          PostgresStatus.standby(END, false),
          Kept.NONE,
          0,
          42);
  private LeaseRecord lease;
  private int version = 1;
  private boolean otherAnswers = true;
  private boolean fenced;
  private boolean electable = true;
  private long now;

  AttemptsTest() {
    var first = new Identity(ONE.name(), ONE.volume(), "pod/first", "boot");
    var copy = LeaseRecord.FRESH.heldBy(first, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 1;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(ONE, SELF.member(), THREE);
    copy.quorum = Quorum.of(List.of(SELF.member(), THREE), 1);
    lease = copy.build().released(END, SELF.name());
    feed(
        new Event.ClusterRead(
            new ClusterView(
                "main-2",
                "main-1",
                List.of(),
                List.of("main-1", "main-2", "main-3"),
                SyncSpec.required(SyncConfig.Method.ANY, 1))));
    pass(1);
    assertThat(state.role()).isEqualTo(Role.PROMOTING);
  }

  @Test
  void anotherGetsTheLeaseWithTheEndFromBeforeThePromotion() {
    feed(new Event.Progressed("waited for this or that"));
    pass(29);
    assertThat(fenced).isFalse();
    pass(2);

    assertThat(fenced).isTrue();
    feed(
        new Event.PostgresChanged(PostgresStatus.down(Data.STANDBY, WalPosition.NONE, Exit.CRASH)));
    pass(1);

    assertThat(lease.holder()).isEmpty();
    assertThat(lease.preferred()).isEqualTo("main-3");
    assertThat(lease.complete()).isTrue();
    assertThat(lease.position()).isEqualTo(END);
    assertThat(notices)
        .filteredOn(notice -> notice.kind() == Effect.Notice.Kind.GAVE_UP)
        .singleElement()
        .extracting(Effect.Notice::text)
        .asString()
        .isEqualTo("the promotion did not get on for 30 s while it waited for this or that");
  }

  @Test
  void noEndIsNamedWhereThePromotionLeftATrace() {
    pass(31);
    feed(new Event.PostgresChanged(PostgresStatus.down(Data.PRIMARY, END, Exit.CRASH)));
    pass(1);

    assertThat(lease.holder()).isEmpty();
    assertThat(lease.complete()).isFalse();
  }

  @Test
  void whatGetsOnMayTakeAnyTime() {
    for (int i = 0; i < 100; i++) {
      pass(20);
      feed(new Event.Progressed("replayed"));
    }

    assertThat(state.role()).isEqualTo(Role.PROMOTING);
  }

  @Test
  void withNobodyElseItIsTriedAgainLaterAndLater() {
    otherAnswers = false;
    pass(100);
    assertThat(fenced).isFalse();
    pass(21);
    assertThat(fenced).isTrue();
    fenced = false;
    standbyAgain();

    pass(3);
    assertThat(state.role()).as("it lets others go first").isEqualTo(Role.FOLLOWER);
    pass(4);
    assertThat(state.role()).isEqualTo(Role.PROMOTING);
    pass(230);
    assertThat(fenced).isFalse();
    pass(12);
    assertThat(fenced).isTrue();
  }

  /// Its status may still name it as the target of the switchover that failed.
  @Test
  void nobodyHandsOverToItSoon() {
    pass(31);
    standbyAgain();
    var copy = lease.heldBy(OTHER, Timings.FAST.lease()).copy();
    copy.term = 3;
    lease = copy.build();
    version++;
    pass(2);
    feed(new Event.Received(new PositionRequest(OTHER, 1)));
    assertThat(electable).isFalse();

    pass(7);
    feed(new Event.Received(new PositionRequest(OTHER, 2)));
    assertThat(electable).isTrue();
  }

  private void standbyAgain() {
    feed(new Event.PostgresChanged(PostgresStatus.down(Data.STANDBY, END, Exit.CRASH)));
    feed(new Event.PostgresChanged(PostgresStatus.standby(END, false)));
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
      carryOut(effect);
    }
  }

  private void carryOut(Effect effect) {
    switch (effect) {
      case Effect.ReadLease(long request) ->
          feed(new Event.LeaseRead(request, new LeaseAnswer.Found(lease, String.valueOf(version))));
      case Effect.WriteLease write -> {
        lease = write.record();
        version++;
        feed(
            new Event.LeaseWritten(
                write.request(), new WriteOutcome.Written(String.valueOf(version))));
      }
      case Effect.Send(var to, PositionRequest request) -> {
        if (otherAnswers && to.equals(THREE.name())) {
          feed(new Event.Received(new PositionReply(OTHER, request.round(), END, true, 2, 0)));
        }
      }
      case Effect.Send(var _, PositionReply reply) -> electable = reply.electable();
      case Effect.Report(var notice) -> notices.add(notice);
      case Effect.Fence _ -> fenced = true;
      default -> {}
    }
  }
}
