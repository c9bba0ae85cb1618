// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSpec;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The API server answers all reads and refuses all writes at once, as when its store is full.
/// Whoever wants the Lease must not make it worse: there may be hundreds of them.
class RefusedWritesTest {
  private static final long MILLIS = 1_000_000L;
  private static final long STEP = 5 * MILLIS;
  private static final Identity SELF = new Identity("main-1", "v1", "pod/run", "boot");
  private static final Identity BEFORE = new Identity("main-1", "v1", "pod/before", "boot");
  private static final Member TWO = new Member("main-2", "v2");
  private static final WalPosition END = WalPosition.of(4, 1000);
  private static final int SECONDS = 10;

  /// In all that time.
  private static final int FEW = 5 * SECONDS;

  private final Deque<Event> answers = new ArrayDeque<>();
  private LeaseRecord lease = LeaseRecord.FRESH;
  private int reads;
  private int writes;
  private long now;

  @Test
  void whoWasThePrimary() {
    lease = held(BEFORE);
    State state = begin(led(), PostgresStatus.down(Data.PRIMARY, END, Exit.CLEAN), Kept.NONE);
    pass(state, SECONDS);

    assertThat(writes).isBetween(2, FEW);
    assertThat(reads).isLessThan(2 * FEW);
  }

  @Test
  void whoBecomesTheFirstPrimary() {
    var empty = PostgresStatus.down(Data.PRIMARY, END, Exit.CLEAN);
    State state = begin(Durable.NEW, empty, Kept.NONE);
    state = Leadership.step(state, now, new Event.ClusterRead(cluster("main-1", ""))).state();
    pass(state, SECONDS);

    assertThat(writes).isBetween(2, FEW);
    assertThat(reads).isLessThan(2 * FEW);
  }

  @Test
  void whoGoesOnWithTheServerOfTheRunBefore() {
    lease = held(BEFORE);
    var kept = new Kept(BEFORE.incarnation(), SECONDS * 1000 * MILLIS);
    pass(begin(led(), PostgresStatus.primary(END), kept), SECONDS);

    assertThat(writes).isBetween(2, FEW);
    assertThat(reads).isLessThan(2 * FEW);
  }

  @Test
  void whoseLeaseIsLost() {
    State state = begin(led(), PostgresStatus.down(Data.PRIMARY, END, Exit.CLEAN), Kept.NONE);
    pass(state, 6 + SECONDS); // it waits for the length of a Lease first

    assertThat(writes).isBetween(2, FEW);
    assertThat(reads).isLessThan(2 * FEW);
  }

  @Test
  void whoIsElected() {
    var other = new Identity(TWO.name(), TWO.volume(), "pod/other", "boot");
    lease = held(other).released(END, "main-1");
    State state =
        begin(
            new Durable("v1", 0, 0, 17, 3, 4, 4, null),
            PostgresStatus.standby(END, false),
            Kept.NONE);
    pass(state, SECONDS);

    assertThat(writes).isBetween(2, FEW);
    assertThat(reads).isLessThan(2 * FEW);
  }

  private static Durable led() {
    return new Durable("v1", 3, 3, 17, 3, 4, 4, null);
  }

  private static LeaseRecord held(Identity holder) {
    var copy = LeaseRecord.FRESH.heldBy(holder, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = END.timeline();
    copy.reached = END.timeline();
    copy.members = List.of(SELF.member(), TWO);
    copy.quorum = Quorum.ASYNCHRONOUS;
    return copy.build();
  }

  private static ClusterView cluster(String target, String current) {
    return new ClusterView(
        target,
        current,
        List.of(),
        List.of("main-1"),
        SyncSpec.preferred(SyncConfig.Method.ANY, 1));
  }

  private State begin(Durable durable, PostgresStatus postgres, Kept kept) {
    State state =
        Leadership.initial(SELF, Settings.of(Timings.FAST), durable, postgres, kept, 0, 42);
    return Leadership.step(state, now, new Event.ClusterRead(cluster("main-1", "main-1"))).state();
  }

  /// Each answer takes one step.
  private void pass(State begin, int seconds) {
    State state = begin;
    long end = now + seconds * 1000 * MILLIS;
    while (now < end) {
      now += STEP;
      Event event = answers.poll();
      Step step = Leadership.step(state, now, event == null ? new Event.Tick() : event);
      state = step.state();
      for (Effect effect : step.effects()) {
        switch (effect) {
          case Effect.ReadLease(long request) -> {
            reads++;
            answers.add(new Event.LeaseRead(request, new LeaseAnswer.Found(lease, "1")));
          }
          case Effect.WriteLease write -> {
            writes++;
            answers.add(
                new Event.LeaseWritten(write.request(), new WriteOutcome.Failed("no space")));
          }
          default -> {}
        }
      }
    }
  }
}
