// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PeerMessage.ReleaseRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A primary whose pod was deleted by force has no token any more: the API server refuses it.
class ReleaseByPeerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Identity ONE = new Identity("main-1", "v1", "pod/one", "boot");
  private static final Identity TWO = new Identity("main-2", "v2", "pod/two", "boot");
  private static final WalPosition END = WalPosition.of(4, 1000);

  private final LeaseRecord held = held();
  private final List<Effect> effects = new ArrayList<>();
  private State state =
      Leadership.initial(
          TWO,
          Settings.of(Timings.FAST),
          new Durable("v2", 0, 0, 17, 3, 4, 4, null),
          new PostgresStatus(Phase.STANDBY, Data.STANDBY, END, true, Exit.NONE),
          Kept.NONE,
          0,
          42);
  private long now;

  private static LeaseRecord held() {
    var copy = LeaseRecord.FRESH.heldBy(ONE, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(ONE.member(), TWO.member());
    copy.quorum = Quorum.of(List.of(TWO.member()), 1);
    return copy.build();
  }

  @Test
  void whoIsRefusedAsksTheOthers() {
    state =
        Leadership.initial(
            ONE,
            Settings.of(Timings.FAST),
            new Durable("v1", 3, 3, 17, 3, 4, 4, null),
            PostgresStatus.down(Data.PRIMARY, END, Exit.CLEAN),
            Kept.NONE,
            0,
            42);
    feed(new Event.Tick());
    read(held, "7");
    Effect.WriteLease taken = only(Effect.WriteLease.class);
    feed(new Event.StopRequested());
    feed(new Event.LeaseWritten(taken.request(), new WriteOutcome.Written("8")));
    Effect.WriteLease release = only(Effect.WriteLease.class);
    assertThat(release.record().holder()).isEmpty();
    feed(new Event.LeaseWritten(release.request(), new WriteOutcome.Failed("Unauthorized")));

    Effect.Send sent = only(Effect.Send.class);
    assertThat(sent.to()).isEqualTo("main-2");
    assertThat(sent.message())
        .isInstanceOfSatisfying(
            ReleaseRequest.class,
            request -> {
              assertThat(request.version()).isEqualTo("8");
              assertThat(request.end()).isEqualTo(END);
            });
  }

  @Test
  void aFollowerReleasesForIt() {
    follow();
    feed(new Event.Received(new ReleaseRequest(ONE, 1, "7", END, "")));

    Effect.WriteLease write = only(Effect.WriteLease.class);
    assertThat(write.version()).isEqualTo("7");
    assertThat(write.record().holder()).isEmpty();
    assertThat(write.record().complete()).isTrue();
    assertThat(write.record().position()).isEqualTo(END);
    assertThat(write.record().quorum()).isEqualTo(held.quorum());

    LeaseRecord released = write.record();
    feed(new Event.LeaseWritten(write.request(), new WriteOutcome.Written("8")));
    read(released, "8");
    Effect.WriteLease elected = only(Effect.WriteLease.class);
    assertThat(elected.record().holder()).as("it has all, and needs no vote").isEqualTo("main-2");
  }

  @Test
  void notAtAnotherRevision() {
    follow();
    feed(new Event.Received(new ReleaseRequest(ONE, 1, "6", END, "")));

    assertThat(effects).noneMatch(Effect.WriteLease.class::isInstance);
    assertThat(effects).as("perhaps it knows more").anyMatch(Effect.ReadLease.class::isInstance);
  }

  @Test
  void notForAnotherRunOfTheHolder() {
    follow();
    var before = new Identity(ONE.name(), ONE.volume(), "pod/before", ONE.boot());
    feed(new Event.Received(new ReleaseRequest(before, 1, "7", END, "")));

    assertThat(effects).noneMatch(Effect.WriteLease.class::isInstance);
  }

  /// Else the change would be met a whole poll later, and commits would wait for a standby that
  /// doesn't know yet whom to follow.
  @Test
  void aChangeThatIsHeardOfDuringAReadIsReadAfterIt() {
    feed(new Event.Tick());
    Effect.ReadLease first = only(Effect.ReadLease.class);
    feed(new Event.LeaseChanged("8"));
    assertThat(effects).noneMatch(Effect.ReadLease.class::isInstance);
    feed(new Event.LeaseRead(first.request(), new LeaseAnswer.Found(held, "7")));

    assertThat(effects).anyMatch(Effect.ReadLease.class::isInstance);
  }

  private void follow() {
    feed(new Event.Tick());
    read(held, "7");
  }

  private void read(LeaseRecord record, String version) {
    Effect.ReadLease read = only(Effect.ReadLease.class);
    feed(new Event.LeaseRead(read.request(), new LeaseAnswer.Found(record, version)));
  }

  private <T extends Effect> T only(Class<T> kind) {
    var found = effects.stream().filter(kind::isInstance).map(kind::cast).toList();
    assertThat(found).as("%s among %s", kind.getSimpleName(), effects).hasSize(1);
    return found.getFirst();
  }

  private void feed(Event event) {
    now += SECOND / 100;
    effects.clear();
    Step step = Leadership.step(state, now, event);
    state = step.state();
    effects.addAll(step.effects());
  }
}
