// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Who votes receives nothing more.
class SealIT {
  private static final Duration SOON = TestInstance.LONG;

  /// It has no WAL receiver, as the primary is gone; but PostgreSQL would begin one anew.
  @Test
  void whoDidNotReadThatItIsToReceiveNothingGivesNoVote() throws Exception {
    try (var cluster =
        new TestCluster(
            "{\"postgresql\": {\"synchronous\": {\"method\": \"any\", \"number\": 1}}}")) {
      TestInstance primary = cluster.startPrimary();
      TestInstance candidate = cluster.addStandby(2);
      TestInstance voter = cluster.addStandby(3);
      await()
          .atMost(SOON)
          .until(() ->
              cluster.leaseField("voters").contains(candidate.name())
                  && cluster.leaseField("voters").contains(voter.name()));
      cluster.awaitHealthy();

      long postmaster = voter.postmaster();
      TestInstance.signal("STOP", postmaster);
      primary.destroy();
      cluster.freeFromTheDead(primary);
      await().atMost(SOON).until(() -> Files.readString(voter.log()).contains("\"to\":\"HUNG\""));

      assertThat(cluster.holder()).isEmpty();

      TestInstance.signal("CONT", postmaster);
      await().atMost(SOON).until(() -> !cluster.holder().isEmpty());
      cluster.awaitOtherPrimary(primary);
    }
  }
}
