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
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;

/// A primary that crashed just when the write that named the first voter got no answer, while the
/// API server takes 0.3 s for each.
class VotersInDoubtTest {
  private static final long MILLIS = 1_000_000L;
  private static final long TAKES = 300 * MILLIS;
  private static final Identity SELF = new Identity("main-1", "v1", "pod/run", "boot");
  private static final Member TWO = new Member("main-2", "v2");
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
  private final Identity two = new Identity(TWO.name(), TWO.volume(), "pod/other", "boot");
  private final PriorityQueue<Answer> answers =
      new PriorityQueue<>((one, other) -> Long.compare(one.at, other.at));
  private final List<Effect.StartAsPrimary> starts = new ArrayList<>();
  private final List<String> fenced = new ArrayList<>();
  private LeaseRecord lease;
  private int version = 1;
  private boolean named;
  private long now;

  private record Answer(long at, Event event) {}

  VotersInDoubtTest() {
    var copy = LeaseRecord.FRESH.heldBy(SELF, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(SELF.member(), TWO);
    copy.quorum = Quorum.SAME_DATA_ONLY;
    lease = copy.build();
  }

  /// Only a write settles it, and none goes out while the Lease is being read.
  @Test
  void areKnownSoonThoughTheApiServerIsSlow() {
    feed(
        new Event.ClusterRead(
            new ClusterView(
                "main-1",
                "main-1",
                List.of(),
                List.of("main-1", "main-2"),
                SyncSpec.preferred(SyncConfig.Method.ANY, 1))));
    pass(1_000);
    feed(new Event.PostgresChanged(PostgresStatus.primary(END)));
    for (int i = 0; i < 200 && !named; i++) {
      feed(
          new Event.ReplicationRead(
              List.of(new Event.ReplicationRead.Row(TWO.name(), true, END.lsn()))));
      pass(50);
    }
    pass(500);
    assertThat(named).isTrue();
    assertThat(state.role()).isEqualTo(Role.LEADING);
    starts.clear();
    feed(new Event.PostgresChanged(PostgresStatus.down(Data.PRIMARY, END, Exit.CRASH)));
    pass(3_000);

    assertThat(fenced).isEmpty();
    assertThat(starts).hasSize(1);
  }

  private void pass(long millis) {
    long end = now + millis * MILLIS;
    while (now < end) {
      now += 50 * MILLIS;
      Answer answer = answers.peek();
      while (answer != null && answer.at <= now) {
        answers.remove(answer);
        feed(answer.event);
        answer = answers.peek();
      }
      feed(new Event.Tick());
    }
  }

  private void feed(Event event) {
    Step step = Leadership.step(state, now, event);
    state = step.state();
    for (Effect effect : step.effects()) {
      switch (effect) {
        case Effect.ReadLease(long request) ->
            later(
                new Event.LeaseRead(
                    request, new LeaseAnswer.Found(lease, String.valueOf(version))));
        case Effect.WriteLease write ->
            later(new Event.LeaseWritten(write.request(), written(write)));
        case Effect.StartAsPrimary start -> starts.add(start);
        case Effect.Fence(String reason) -> fenced.add(reason);
        case Effect.ApplySync(SyncConfig config) ->
            feed(new Event.SyncApplied(config, new Lsn(1000)));
        case Effect.Send(var _, PositionRequest request) ->
            feed(new Event.Received(new PositionReply(two, request.round(), END, false, 3, 0)));
        case Effect.Send(var _, PeerMessage.PromiseRequest request) ->
            feed(new Event.Received(new PeerMessage.PromiseReply(two, request.round(), true, "")));
        default -> {}
      }
    }
  }

  /// The one that names a voter is never done, and its answer lost.
  private WriteOutcome written(Effect.WriteLease write) {
    if (!named && !write.record().quorum().voters().isEmpty()) {
      named = true;
      return new WriteOutcome.Failed("timeout");
    }
    if (!write.version().equals(String.valueOf(version))) {
      return new WriteOutcome.Conflict();
    }
    lease = write.record();
    version++;
    return new WriteOutcome.Written(String.valueOf(version));
  }

  private void later(Event event) {
    answers.add(new Answer(now + TAKES, event));
  }
}
