// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.kube.KubeException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClustersTest {
  private static KubeException refusal(String reason) {
    return new KubeException(409, reason, reason, null);
  }

  @Test
  void whatSomebodyElseForestalledIsDecidedAnew() {
    var attempts = new AtomicInteger();

    int done =
        Clusters.unlessChanged(() -> {
          if (attempts.incrementAndGet() < 4) {
            throw refusal("Conflict");
          }
          return attempts.get();
        });

    assertThat(done).isEqualTo(4);
  }

  @Test
  void whatIsRefusedForGoodOrAllTheTimeIsAnError() {
    var attempts = new AtomicInteger();

    assertThatThrownBy(() ->
            Clusters.unlessChanged(() -> {
              attempts.incrementAndGet();
              throw refusal("AlreadyExists");
            }))
        .hasMessage("AlreadyExists");
    assertThat(attempts).hasValue(1);
    assertThatThrownBy(() ->
            Clusters.unlessChanged(() -> {
              throw refusal("Conflict");
            }))
        .hasMessage("Conflict");
  }
}
