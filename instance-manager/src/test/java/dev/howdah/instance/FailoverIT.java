// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import org.junit.jupiter.api.Test;

class FailoverIT {
  @Test
  void aStandbyTakesOverAndTheOldPrimaryFollowsIt() throws Exception {
    try (var cluster = new TestCluster()) {
      TestInstance first = cluster.startPrimary();
      assertThat(cluster.holder()).isEqualTo(first.name());
      first.query("CREATE TABLE t (id int PRIMARY KEY)");
      TestInstance second = cluster.addStandby(2);
      first.query("INSERT INTO t VALUES (1)");

      first.killAll();
      TestInstance next = cluster.awaitOtherPrimary(first);

      assertThat(next).isSameAs(second);
      assertThat(next.query("SELECT count(*) FROM t")).isEqualTo("1");
      next.query("INSERT INTO t VALUES (2)");
      first.start();
      first.awaitStreaming();
    }
  }
}
