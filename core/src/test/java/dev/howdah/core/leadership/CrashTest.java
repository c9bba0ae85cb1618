// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PeerMessage.PositionReply;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSpec;
import dev.howdah.core.wal.WalPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A primary whose PostgreSQL has ended: its whole pod was killed, or its storage failed.
class CrashTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Identity SELF = new Identity("main-1", "v1", "pod/run", "boot");
  private static final Member TWO = new Member("main-2", "v2");
  private static final WalPosition END = WalPosition.of(4, 1000);

  private State state =
      Leadership.initial(
          SELF,
          Settings.of(Timings.FAST),
          new Durable("v1", 3, 3, 17, 3, 4, 4, null),
          PostgresStatus.down(Data.PRIMARY, END, Exit.CRASH),
          Kept.NONE,
          0,
          42);
  private final Identity two = new Identity(TWO.name(), TWO.volume(), "pod/other", "boot");
  private int starts;
  private LeaseRecord lease;
  private int version = 1;
  private long asked;
  private long now;

  CrashTest() {
    var copy = LeaseRecord.FRESH.heldBy(SELF, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(SELF.member(), TWO);
    copy.quorum = Quorum.of(List.of(TWO), 1);
    lease = copy.build();
  }

  /// Else it would begin its recovery anew, again and again, and never end it.
  @Test
  void aStandbyThatIsReadyGetsTheTimeToTakeOver() {
    cluster("main-1");
    pass(1);
    assertThat(state.role()).isEqualTo(Role.STARTING);
    feed(
        new Event.PostgresChanged(
            new PostgresStatus(Phase.STARTING, Data.PRIMARY, WalPosition.NONE, false, Exit.NONE)));
    pass(11);
    feed(new Event.Received(new PositionReply(two, asked, END, true, 3, 0)));
    pass(1);
    assertThat(state.role()).isEqualTo(Role.FENCING);
    feed(new Event.PostgresChanged(PostgresStatus.down(Data.PRIMARY, END, Exit.CRASH)));
    pass(1);

    assertThat(lease.holder()).isEmpty();
    assertThat(lease.preferred()).isEqualTo("main-2");

    pass(10);
    assertThat(lease.holder()).as("as nobody came").isEqualTo("main-1");
  }

  /// Its pod could not go for half an hour.
  @Test
  void whoseStorageFailedEndsWhenItIsTo() {
    lead("main-1");
    feed(
        new Event.PostgresChanged(
            PostgresStatus.down(Data.PRIMARY, WalPosition.NONE, Exit.STORAGE)));
    pass(1);
    assertThat(state.role()).as("it waits for another").isEqualTo(Role.CRASHED);
    feed(new Event.StopRequested());
    pass(2);

    assertThat(lease.holder()).isEmpty();
    assertThat(lease.complete()).isFalse();
    assertThat(state.role()).isEqualTo(Role.ENDED);
  }

  @Test
  void whoseStorageFailsInASwitchoverIsNotStartedOnItAgain() {
    lead("main-2");
    feed(new Event.Received(new PositionReply(two, asked, END, true, 3, 0)));
    pass(1);
    assertThat(state.role()).isEqualTo(Role.HANDING_OVER);
    starts = 0;
    feed(
        new Event.PostgresChanged(
            PostgresStatus.down(Data.PRIMARY, WalPosition.NONE, Exit.STORAGE)));
    pass(3);
    assertThat(starts).isZero();
    feed(new Event.Received(new PositionReply(two, asked, END, true, 3, 0)));
    pass(1);

    assertThat(lease.holder()).isEmpty();
    assertThat(lease.preferred()).isEqualTo("main-2");
  }

  private void lead(String target) {
    cluster(target);
    pass(1);
    feed(new Event.PostgresChanged(PostgresStatus.primary(END)));
    pass(1);
    assertThat(state.role()).isEqualTo(Role.LEADING);
  }

  private void cluster(String target) {
    feed(
        new Event.ClusterRead(
            new ClusterView(
                target,
                "main-1",
                List.of(),
                List.of("main-1", "main-2"),
                SyncSpec.required(SyncConfig.Method.ANY, 1))));
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
        case Effect.StartAsPrimary _ -> starts++;
        case Effect.Send(var _, PositionRequest request) -> asked = request.round();
        default -> {}
      }
    }
  }
}
