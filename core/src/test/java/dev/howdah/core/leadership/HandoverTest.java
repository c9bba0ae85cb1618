// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PeerMessage.PositionReply;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A primary that is to end, on a machine so busy that each answer takes longer than the time
/// between two questions.
class HandoverTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Identity SELF = new Identity("main-1", "v1", "pod/run", "boot");
  private static final Identity TWO = new Identity("main-2", "v2", "pod/other", "boot");
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
  private final List<Long> asked = new ArrayList<>();
  private long now;

  HandoverTest() {
    var copy = LeaseRecord.FRESH.heldBy(SELF, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(SELF.member(), TWO.member());
    copy.quorum = Quorum.ASYNCHRONOUS;
    lease = copy.build();
  }

  @Test
  void anAnswerThatTakesLongerThanAQuestionsTurnCounts() {
    feed(new Event.Tick());
    feed(
        new Event.PostgresChanged(
            new PostgresStatus(Phase.PRIMARY, Data.PRIMARY, END, false, Exit.NONE)));
    assertThat(state.role()).isEqualTo(Role.LEADING);
    asked.clear();
    feed(new Event.StopRequested());
    pass(SECOND / 4);
    assertThat(asked).hasSizeGreaterThan(1);
    assertThat(state.role()).isEqualTo(Role.LEADING);

    feed(new Event.Received(new PositionReply(TWO, asked.getFirst(), END, true, 3, 0)));

    assertThat(state.role()).isEqualTo(Role.HANDING_OVER);
  }

  private void pass(long time) {
    long end = now + time;
    while (now < end) {
      now += SECOND / 20;
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
        case Effect.Send(var _, PositionRequest request) -> asked.add(request.round());
        default -> {}
      }
    }
  }
}
