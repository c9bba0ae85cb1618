// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.postgres.config.ConnInfo;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RejoinTest {
  private static Map<String, String> following(Map<String, String> environment) {
    return Rejoin.following(new ConnInfo(Map.of("host", "main-rw")), environment).keywords();
  }

  @Test
  void aStandbyWaitsForAnAnswerAsLongAsTheOperatorWasTold() {
    assertThat(following(Map.of())).containsEntry("tcp_user_timeout", "5000");
    assertThat(following(Map.of("CNPG_STANDBY_TCP_USER_TIMEOUT", "0")))
        .containsEntry("tcp_user_timeout", "0")
        .containsKey("keepalives_idle");
  }
}
