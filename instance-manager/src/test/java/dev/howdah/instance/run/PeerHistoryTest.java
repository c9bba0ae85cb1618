// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import org.junit.jupiter.api.Test;

class PeerHistoryTest {
  private static boolean isWritten(int asked, PostgresStatus seen, boolean inOffice) {
    return PeerHistory.isWritten(new Timeline(asked), seen, inOffice);
  }

  private static PostgresStatus primary(int timeline) {
    return PostgresStatus.primary(WalPosition.of(timeline, 1000));
  }

  @Test
  void oneThatIsBeingPromotedDoesNotPassForAPrimary() {
    PostgresStatus elected = PostgresStatus.standby(WalPosition.of(2, 1000), false);
    assertThat(isWritten(3, elected, false)).isFalse();
    assertThat(isWritten(2, elected, false)).as("elected for the second time").isFalse();
    assertThat(isWritten(3, primary(2), false)).isFalse();
    assertThat(isWritten(3, primary(3), false)).isTrue();
  }

  /// It asks for what the Lease said when the other cluster was not followed yet.
  @Test
  void whoAskedBeforeTheClustersChangedPlacesIsAnswered() {
    assertThat(isWritten(2, primary(5), false)).isTrue();
  }

  @Test
  void anElectionInAClusterThatFollowsAnotherOneBeganNoTimeline() {
    assertThat(isWritten(3, primary(2), true)).isTrue();
    assertThat(isWritten(0, primary(2), true)).isTrue();
  }

  @Test
  void whoDoesNotKnowItsTimelineHasNoHistory() {
    PostgresStatus unknown = PostgresStatus.primary(WalPosition.NONE);
    assertThat(isWritten(0, unknown, false)).isFalse();
    assertThat(isWritten(0, unknown, true)).isFalse();
  }
}
