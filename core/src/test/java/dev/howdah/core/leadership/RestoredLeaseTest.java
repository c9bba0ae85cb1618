// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PeerMessage.PositionReply;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSpec;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Volumes whose Lease is gone, or another one of an earlier time.
class RestoredLeaseTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Durable WAS_PRIMARY = new Durable("volume", 4, 4, 17, 4, 3, 3, null);

  private static final Identity OTHER = new Identity("main-1", "volume-1", "pod/other", "boot");
  private static final SyncSpec SYNCHRONOUS = SyncSpec.required(SyncConfig.Method.ANY, 1);

  private State state = starting(WAS_PRIMARY, Data.PRIMARY);
  private LeaseRecord found = LeaseRecord.FRESH;

  /// The highest term that the other instance knows; 0: it is silent.
  private long others = 4;

  /// The highest term that its data led.
  private long othersLed = 2;

  private long now;

  private static State starting(Durable durable, Data data) {
    return Leadership.initial(
        new Identity("main-2", "volume", "pod/run", "boot"),
        Settings.of(Timings.FAST),
        durable,
        PostgresStatus.down(data, WalPosition.of(3, 1000), Exit.NONE),
        Kept.NONE,
        0,
        42);
  }

  @Test
  void theLoneVolumeOfThePrimaryLeadsTheNewCluster() {
    LeaseRecord written = lease(cluster("main-2", "", "main-2"));

    assertThat(written).isNotNull();
    assertThat(written.holder()).isEqualTo("main-2");
    assertThat(written.term()).isEqualTo(6);
    assertThat(written.generation()).isEqualTo(18);
    assertThat(written.timeline().id()).isEqualTo(3);
  }

  @Test
  void itDoesNotWhenTheNewClusterNamesAnother() {
    assertThat(lease(cluster("main-1", "", "main-2"))).isNull();
  }

  @Test
  void itDoesNotWhenAnotherIsThePrimary() {
    assertThat(lease(cluster("main-2", "main-1", "main-2"))).isNull();
  }

  /// The operator may have ended before it wrote down who else there is.
  @Test
  void itDoesNotWhileTheClusterListsNoInstances() {
    assertThat(lease(cluster("main-2", ""))).isNull();
  }

  @Test
  void itDoesNotBeforeTheClusterWasRead() {
    assertThat(lease(ClusterView.UNKNOWN)).isNull();
  }

  @Test
  void itDoesNotWhileAnotherVolumeIsSilent() {
    others = 0;

    assertThat(lease(cluster("main-2", "", "main-1", "main-2"))).isNull();
  }

  @Test
  void aStandbysVolumeDoesNot() {
    state = starting(new Durable("volume", 0, 0, 17, 4, 3, 3, null), Data.STANDBY);

    assertThat(lease(cluster("main-2", "", "main-2"))).isNull();
  }

  /// What it says of itself may be that of an election that another won.
  @Test
  void whoOnlyAskedToBeElectedDoesNot() {
    state = starting(new Durable("volume", 4, 0, 17, 4, 3, 3, null), Data.STANDBY);

    assertThat(lease(cluster("main-2", "main-2", "main-2"))).isNull();
  }

  @Test
  void aPrimaryThatAnotherSucceededDoesNot() {
    state = starting(new Durable("volume", 5, 3, 17, 4, 3, 3, null), Data.PRIMARY);

    assertThat(lease(cluster("main-2", "main-2", "main-2"))).isNull();
  }

  /// It didn't write down yet which terms it had led.
  @Test
  void thePrimaryOfAnEarlierVersionDoes() {
    state = starting(new Durable("volume", 4, 0, 17, 4, 3, 0, null), Data.PRIMARY);

    assertThat(lease(cluster("main-2", "main-2", "main-2"))).isNotNull();
  }

  @Test
  void theDesignatedPrimaryOfAClusterThatFollowsAnotherOneLeadsAgain() {
    state = starting(WAS_PRIMARY, Data.STANDBY);

    LeaseRecord written = lease(following("main-2", SYNCHRONOUS));

    assertThat(written).isNotNull();
    assertThat(written.holder()).isEqualTo("main-2");
    assertThat(written.term()).isEqualTo(6);
    assertThat(written.generation()).isEqualTo(18);
    assertThat(written.timeline().id()).as("no other one's").isEqualTo(6);
  }

  /// So that nobody else is elected before it has all of its log, and no token of an earlier time
  /// is taken.
  @Test
  void itSaysThatItWasAPrimaryAndHowFarItsLogWent() {
    state = starting(new Durable("volume", 4, 4, 17, 4, 3, 7, null), Data.STANDBY);

    LeaseRecord written = lease(following("main-2", SYNCHRONOUS));

    assertThat(written).isNotNull();
    assertThat(written.quorum()).isEqualTo(Quorum.SAME_DATA_ONLY);
    assertThat(written.reached().id()).isEqualTo(7);
    assertThat(written.position()).isEqualTo(WalPosition.of(5, 2000));
  }

  @Test
  void itsOwnLogCountsWhereNothingIsRemembered() {
    state = starting(new Durable("volume", 4, 4, 17, 4, 3, 0, null), Data.STANDBY);

    LeaseRecord written = lease(following("main-2", SYNCHRONOUS));

    assertThat(written).isNotNull();
    assertThat(written.reached().id()).isEqualTo(5);
  }

  @Test
  void withoutSynchronousReplicationAnyOtherMayBeElectedAfterIt() {
    state = starting(WAS_PRIMARY, Data.STANDBY);

    LeaseRecord written = lease(following("main-2", SyncSpec.NONE));

    assertThat(written).isNotNull();
    assertThat(written.quorum()).isEqualTo(Quorum.ASYNCHRONOUS);
  }

  @Test
  void theDesignatedPrimaryDoesNotWhileAnotherKnowsMore() {
    state = starting(WAS_PRIMARY, Data.STANDBY);
    others = 5;

    assertThat(lease(following("main-2", SYNCHRONOUS))).isNull();
  }

  @Test
  void norWhileItIsFenced() {
    state = starting(WAS_PRIMARY, Data.STANDBY);

    assertThat(
            lease(
                new ClusterView(
                    "main-2",
                    "main-2",
                    List.of("main-2"),
                    List.of("main-1", "main-2"),
                    SYNCHRONOUS)))
        .isNull();
  }

  /// As after the restore of the whole control plane: somebody took over since.
  @Test
  void theClusterMayNameAnotherThatKnowsNoMore() {
    assertThat(lease(following("main-1", SYNCHRONOUS))).isNotNull();
  }

  /// That one led later, and its volume is lost.
  @Test
  void butNotOneWhoseDataIsAnother() {
    othersLed = 0;

    assertThat(lease(following("main-1", SYNCHRONOUS))).isNull();
  }

  @Test
  void norOneThatKnowsMore() {
    others = 5;

    assertThat(lease(following("main-1", SYNCHRONOUS))).isNull();
  }

  /// Restored from a backup, it has another holder.
  @Test
  void aLeaseFromThePastIsTakenToo() {
    state = starting(WAS_PRIMARY, Data.STANDBY);
    var past = LeaseRecord.FRESH.heldBy(OTHER, Timings.FAST.lease()).copy();
    past.generation = 9;
    past.term = 2;
    past.timeline = new Timeline(2);
    past.reached = new Timeline(2);
    found = past.build();

    LeaseRecord written = lease(following("main-1", SYNCHRONOUS));

    assertThat(written).isNotNull();
    assertThat(written.holder()).isEqualTo("main-2");
    assertThat(written.term()).isEqualTo(6);
    assertThat(written.reached().id()).isEqualTo(5);
  }

  private static ClusterView following(String current, SyncSpec sync) {
    return new ClusterView(current, current, List.of(), List.of("main-1", "main-2"), sync);
  }

  private static ClusterView cluster(String target, String current, String... instances) {
    return new ClusterView(target, current, List.of(), List.of(instances), SyncSpec.NONE);
  }

  /// What is written to that Lease within half a minute; null: nothing.
  private @Nullable LeaseRecord lease(ClusterView cluster) {
    var effects = new ArrayList<>(feed(new Event.ClusterRead(cluster)));
    while (now < 30 * SECOND) {
      for (Effect effect : List.copyOf(effects)) {
        effects.remove(effect);
        switch (effect) {
          case Effect.WriteLease write -> {
            return write.record();
          }
          case Effect.ReadLease(long request) ->
              effects.addAll(feed(new Event.LeaseRead(request, new LeaseAnswer.Found(found, "1"))));
          case Effect.Follow(String upstream, var _, var _) -> {
            assertThat(upstream).isEmpty();
            var alone = PostgresStatus.standby(WalPosition.of(5, 2000), false);
            effects.addAll(feed(new Event.PostgresChanged(alone)));
          }
          case Effect.Send(String to, PositionRequest request)
              when to.equals("main-1") && others > 0 ->
              effects.addAll(
                  feed(
                      new Event.Received(
                          new PositionReply(
                              OTHER,
                              request.round(),
                              WalPosition.NONE,
                              false,
                              others,
                              othersLed))));
          default -> {}
        }
      }
      now += SECOND / 2;
      effects.addAll(feed(new Event.Tick()));
    }
    return null;
  }

  private List<Effect> feed(Event event) {
    Step step = Leadership.step(state, now, event);
    state = step.state();
    return step.effects();
  }
}
