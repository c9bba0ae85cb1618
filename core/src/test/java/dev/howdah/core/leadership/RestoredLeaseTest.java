// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.sync.SyncSpec;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A volume that a new Cluster takes over, while the Lease that it remembers is gone.
class RestoredLeaseTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Durable WAS_PRIMARY = new Durable("volume", 4, 17, 4, 3, null);

  private State state = starting(WAS_PRIMARY, Data.PRIMARY);
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
    assertThat(lease(cluster("main-2", "", "main-1", "main-2"))).isNull();
  }

  @Test
  void aStandbysVolumeDoesNot() {
    state = starting(new Durable("volume", 0, 17, 4, 3, null), Data.STANDBY);

    assertThat(lease(cluster("main-2", "", "main-2"))).isNull();
  }

  private static ClusterView cluster(String target, String current, String... instances) {
    return new ClusterView(target, current, List.of(), List.of(instances), SyncSpec.NONE);
  }

  /// What is written to a fresh Lease within half a minute; null: nothing.
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
              effects.addAll(
                  feed(
                      new Event.LeaseRead(request, new LeaseAnswer.Found(LeaseRecord.FRESH, "1"))));
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
