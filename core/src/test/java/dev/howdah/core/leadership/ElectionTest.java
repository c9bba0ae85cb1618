// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PeerMessage.VoteReply;
import dev.howdah.core.leadership.PeerMessage.VoteRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/// One of two standbys, of which one confirms each commit, when the primary is lost: it needs the
/// vote of the other.
class ElectionTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Identity ONE = new Identity("main-1", "v1", "pod/one", "boot");
  private static final Identity TWO = new Identity("main-2", "v2", "pod/two", "boot");
  private static final Identity THREE = new Identity("main-3", "v3", "pod/three", "boot");
  private static final WalPosition POSITION = WalPosition.of(4, 1000);

  private LeaseRecord lease = lost();
  private int version = 7;
  private final List<Effect.Send> sent = new ArrayList<>();
  private State state =
      Leadership.initial(
          TWO,
          Settings.of(Timings.FAST),
          new Durable("v2", 0, 0, 17, 3, 4, 4, null),
          new PostgresStatus(Phase.STANDBY, Data.STANDBY, POSITION, false, Exit.NONE),
          Kept.NONE,
          0,
          42);
  private long now;

  private static LeaseRecord lost() {
    var copy = LeaseRecord.FRESH.heldBy(ONE, Timings.FAST.lease()).copy();
    copy.generation = 17;
    copy.term = 3;
    copy.timeline = POSITION.timeline();
    copy.reached = POSITION.timeline();
    copy.members = List.of(ONE.member(), TWO.member(), THREE.member());
    copy.quorum = Quorum.of(List.of(TWO.member(), THREE.member()), 1);
    return copy.build().freedFromTheDead(ONE.incarnation());
  }

  @Test
  void theVoteOfTheOtherElects() {
    pass(3);
    VoteRequest request = request();
    assertThat(lease.holder()).isEmpty();
    receive(new VoteReply(THREE, request.round(), request.version(), true, POSITION, ""));

    assertThat(lease.holder()).isEqualTo("main-2");
  }

  /// The address that the other had may be this pod's by now.
  @Test
  void nobodyVotesForItselfTwice() {
    pass(3);
    assertThat(sent).isNotEmpty().allMatch(message -> message.to().equals("main-3"));
    receive(request());
    for (Effect.Send answer : List.copyOf(sent)) {
      if (answer.message() instanceof VoteReply reply) {
        receive(reply);
      }
    }
    receive(new VoteReply(TWO, request().round(), request().version(), true, POSITION, ""));

    assertThat(lease.holder()).isEmpty();
  }

  /// Each voter has all that was acknowledged; the other may have more, as when the primary of the
  /// cluster that is followed is gone, too.
  @Test
  void whoNeedsNoOthersVoteHearsThemAllTheSame() {
    eachMayBeElectedAlone();
    pass(3);
    VoteRequest request = request();
    assertThat(lease.holder()).isEmpty();

    var more = WalPosition.of(4, 2000);
    receive(new VoteReply(THREE, request.round(), request.version(), true, more, ""));
    assertThat(lease.holder()).isEmpty();
  }

  @Test
  void whoNeedsNoOthersVoteDoesNotWaitForTheDead() {
    eachMayBeElectedAlone();
    pass(3);
    long asked = now;
    sent.clear();
    pass(10);

    assertThat(lease.holder()).isEqualTo("main-2");
    assertThat(now - asked).isLessThanOrEqualTo(2 * SECOND);
  }

  private void eachMayBeElectedAlone() {
    var copy = lease.copy();
    copy.quorum = Quorum.of(List.of(TWO.member(), THREE.member()), 2);
    lease = copy.build();
  }

  private VoteRequest request() {
    return sent.stream()
        .map(Effect.Send::message)
        .filter(VoteRequest.class::isInstance)
        .map(VoteRequest.class::cast)
        .reduce((_, last) -> last)
        .orElseThrow();
  }

  private void receive(PeerMessage message) {
    feed(new Event.Received(message));
  }

  private void pass(int seconds) {
    long end = now + seconds * SECOND;
    while (now < end && sent.isEmpty() && lease.holder().isEmpty()) {
      now += SECOND / 20;
      feed(new Event.Tick());
    }
  }

  private void feed(Event first) {
    Queue<Event> events = new ArrayDeque<>(List.of(first));
    while (!events.isEmpty()) {
      Step step = Leadership.step(state, now, events.remove());
      state = step.state();
      for (Effect effect : step.effects()) {
        switch (effect) {
          case Effect.ReadLease(long request) ->
              events.add(
                  new Event.LeaseRead(
                      request, new LeaseAnswer.Found(lease, String.valueOf(version))));
          case Effect.WriteLease write -> {
            lease = write.record();
            version++;
            events.add(
                new Event.LeaseWritten(
                    write.request(), new WriteOutcome.Written(String.valueOf(version))));
          }
          case Effect.Seal(String sealed) -> events.add(new Event.Sealed(sealed, POSITION));
          case Effect.Send message -> sent.add(message);
          default -> {}
        }
      }
    }
  }
}
