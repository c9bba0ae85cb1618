// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ConnInfoTest {
  @Test
  void asksWhetherTheServerIsThereWhenNothingComes() {
    ConnInfo own = ConnInfo.streaming("shop-rw", "10.0.0.1", 5432, "shop-2", new ServerPaths(""));

    assertThat(own.givingUpSoon().keywords())
        .containsEntry("connect_timeout", "5")
        .containsEntry("tcp_user_timeout", "5000")
        .containsEntry("keepalives_idle", "10")
        .containsEntry("keepalives_interval", "5")
        .containsEntry("keepalives_count", "6");
    assertThat(own.lasting().keywords())
        .containsEntry("tcp_user_timeout", "60000")
        .containsEntry("keepalives_idle", "10");
  }

  @Test
  void leavesWhatSomebodyHasSet() {
    var given =
        Map.of(
            "keepalives",
            "0",
            "keepalives_idle",
            "77",
            "connect_timeout",
            "30",
            "tcp_user_timeout",
            "0");

    assertThat(new ConnInfo(given).givingUpSoon().keywords()).containsAllEntriesOf(given);
    assertThat(new ConnInfo(given).lasting().keywords()).containsAllEntriesOf(given);
  }
}
