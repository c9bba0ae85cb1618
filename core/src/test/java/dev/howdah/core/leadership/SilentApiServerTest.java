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
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The API server answers nobody, and the standby, which has all that the primary has, promises not
/// to vote: nobody can be elected when PostgreSQL crashes, or is to be handed over.
class SilentApiServerTest {
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
  private final List<String> fenced = new ArrayList<>();
  private LeaseRecord lease;
  private int version = 1;
  private boolean silent;
  private int opened;
  private long now;

  SilentApiServerTest() {
    var copy = LeaseRecord.FRESH.heldBy(SELF, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(SELF.member(), TWO);
    copy.quorum = Quorum.of(List.of(TWO), 1);
    lease = copy.build();
  }

  @Test
  void isStartedAgainInPlace() {
    crash();

    assertThat(starts).hasSize(1);
    assertThat(state.role()).isEqualTo(Role.STARTING);
    assertThat(fenced).isEmpty();
  }

  /// As long as that takes: to give it up serves nobody.
  @Test
  void recoversForAsLongAsItTakes() {
    crash();
    feed(
        new Event.PostgresChanged(
            new PostgresStatus(Phase.STARTING, Data.PRIMARY, WalPosition.NONE, false, Exit.NONE)));
    pass(25);

    assertThat(state.role()).isEqualTo(Role.STARTING);
    assertThat(fenced).isEmpty();

    silent = false;
    pass(3);
    assertThat(fenced).as("now another can lead").hasSize(1);
  }

  @Test
  void letsClientsInWhenTheVotersHaveTheEnd() {
    crash();
    WalPosition end = WalPosition.of(4, 1200);
    feed(new Event.PostgresChanged(PostgresStatus.primary(end)));
    streams(new Lsn(1100));
    pass(1);
    assertThat(opened).isZero();
    streams(end.lsn());
    pass(1);

    assertThat(opened).isEqualTo(1);
    assertThat(state.role()).isEqualTo(Role.LEADING);
  }

  /// It has to go, whoever takes over later.
  @Test
  void endsWhenItIsTo() {
    lead();
    feed(new Event.PostgresChanged(PostgresStatus.down(Data.PRIMARY, END, Exit.CRASH)));
    feed(new Event.StopRequested());
    pass(10);

    assertThat(state.role()).isEqualTo(Role.ENDED);
  }

  /// It would be stopped, and nobody could take its place.
  @Test
  void isNotHandedOverBeforeItsLeaseCanBeTaken() {
    lead();
    cluster("main-2");
    pass(5);
    assertThat(state.role()).isEqualTo(Role.LEADING);
    silent = false;
    pass(3);

    assertThat(state.role()).isEqualTo(Role.HANDING_OVER);
  }

  private void crash() {
    lead();
    feed(new Event.PostgresChanged(PostgresStatus.down(Data.PRIMARY, END, Exit.CRASH)));
    pass(1);
  }

  private void lead() {
    cluster("main-1");
    pass(1);
    feed(new Event.PostgresChanged(PostgresStatus.primary(END)));
    streams(END.lsn());
    pass(2);
    assertThat(state.role()).isEqualTo(Role.LEADING);
    silent = true;
    pass(6);
    assertThat(state.role()).isEqualTo(Role.LEADING);
    starts.clear();
    opened = 0;
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

  private void streams(Lsn flushed) {
    feed(
        new Event.ReplicationRead(
            List.of(new Event.ReplicationRead.Row(TWO.name(), true, flushed))));
  }

  private void pass(int seconds) {
    long end = now + seconds * SECOND;
    while (now < end) {
      now += SECOND / 10;
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
            lease = write.record();
            version++;
          }
          var written = new WriteOutcome.Written(String.valueOf(version));
          feed(
              new Event.LeaseWritten(
                  write.request(), silent ? new WriteOutcome.Failed("timeout") : written));
        }
        case Effect.StartAsPrimary start -> starts.add(start);
        case Effect.Open _ -> opened++;
        case Effect.Fence(String reason) -> fenced.add(reason);
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
