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
import org.junit.jupiter.api.Test;

/// A primary that a person fences, and lets go on.
class FencedByHandTest {
  private static final long SECOND = 1_000_000_000L;
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
  private final List<Effect.StartAsPrimary> starts = new ArrayList<>();
  private LeaseRecord lease;
  private int version = 1;

  /// The API server is silent since it named a voter.
  private boolean silent;

  private boolean streaming;
  private long now;

  FencedByHandTest() {
    var copy = LeaseRecord.FRESH.heldBy(SELF, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(SELF.member(), TWO);
    copy.quorum = Quorum.SAME_DATA_ONLY;
    lease = copy.build();
  }

  /// The Lease named the first voter, but its answer was lost: commits that don't wait for it may
  /// be lost when it is elected.
  @Test
  void startsWithTheVotersThatTheLeaseNames() {
    fenced(false);
    pass(1);
    feed(new Event.PostgresChanged(PostgresStatus.primary(END)));
    streaming = true;
    pass(2);
    assertThat(silent).isTrue();
    assertThat(lease.quorum().voters()).containsExactly(TWO);
    fenced(true);
    assertThat(state.role()).isEqualTo(Role.STOPPED_BY_HAND);
    feed(new Event.PostgresChanged(PostgresStatus.down(Data.PRIMARY, END, Exit.CLEAN)));
    starts.clear();
    fenced(false);
    assertThat(starts).as("not before it knows").isEmpty();
    silent = false;
    pass(2);

    assertThat(starts).hasSize(1);
    assertThat(starts.getFirst().sync().names()).containsExactly("main-2");
    assertThat(starts.getFirst().open()).isFalse();
  }

  private void fenced(boolean fenced) {
    List<String> instances = List.of("main-1", "main-2");
    List<String> which = fenced ? List.of("main-1") : List.of();
    SyncSpec sync = SyncSpec.preferred(SyncConfig.Method.ANY, 1);
    feed(new Event.ClusterRead(new ClusterView("main-1", "main-1", which, instances, sync)));
  }

  private void pass(int seconds) {
    long end = now + seconds * SECOND;
    while (now < end) {
      now += SECOND / 4;
      if (streaming && state.role() == Role.LEADING) {
        var row = new Event.ReplicationRead.Row(TWO.name(), true, END.lsn());
        feed(new Event.ReplicationRead(List.of(row)));
      }
      feed(new Event.Tick());
    }
  }

  private void feed(Event event) {
    Step step = Leadership.step(state, now, event);
    state = step.state();
    for (Effect effect : step.effects()) {
      switch (effect) {
        case Effect.ReadLease(long request) -> {
          var found = new LeaseAnswer.Found(lease, String.valueOf(version));
          feed(new Event.LeaseRead(request, silent ? new LeaseAnswer.Failed("timeout") : found));
        }
        case Effect.WriteLease write -> {
          if (!silent) {
            silent =
                lease.quorum().voters().isEmpty() && !write.record().quorum().voters().isEmpty();
            lease = write.record();
            version++;
          }
          var written = new WriteOutcome.Written(String.valueOf(version));
          feed(
              new Event.LeaseWritten(
                  write.request(), silent ? new WriteOutcome.Failed("timeout") : written));
        }
        case Effect.StartAsPrimary start -> starts.add(start);
        case Effect.ApplySync(SyncConfig config) ->
            feed(new Event.SyncApplied(config, new Lsn(1000)));
        case Effect.Send(var _, PositionRequest request) ->
            feed(new Event.Received(new PositionReply(two, request.round(), END, true, 3, 0)));
        case Effect.Send(var _, PeerMessage.PromiseRequest request) ->
            feed(new Event.Received(new PeerMessage.PromiseReply(two, request.round(), true, "")));
        default -> {}
      }
    }
  }
}
