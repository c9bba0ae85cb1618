// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.instance.log.PostgresLog.Message;
import org.junit.jupiter.api.Test;

class LogReactionsTest {
  private static boolean diverged(String backend, String text) {
    return LogReactions.saysDiverged(new Message(backend, "FATAL", text));
  }

  @Test
  void aReplicaClusterHasDivergedFromOneThatForkedOffBeforeItsPosition() {
    assertThat(
            diverged(
                "startup",
                "new timeline 4 forked off current database system timeline 3 before current"
                    + " recovery point 0/5000100"))
        .isTrue();
  }

  @Test
  void andFromOneThatWasNeverOnItsTimeline() {
    assertThat(
            diverged(
                "walreceiver",
                "could not start WAL streaming: ERROR:  requested timeline 3 is not in this"
                    + " server's history"))
        .isTrue();
    assertThat(
            diverged(
                "walreceiver",
                "could not start WAL streaming: ERROR:  requested starting point 0/5000000 on"
                    + " timeline 3 is not in this server's history"))
        .isTrue();
  }

  @Test
  void oneThatIsBehindMayComeThereYet() {
    assertThat(
            diverged(
                "walreceiver", "highest timeline 2 of the primary is behind recovery timeline 3"))
        .isFalse();
  }

  @Test
  void aStandbyThatAskedThisServerIsNoneOfItsBusiness() {
    assertThat(diverged("walsender", "requested timeline 3 is not in this server's history"))
        .isFalse();
  }
}
