// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.postgres.PostgresException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ArchivingTest {
  @Test
  void goesOnAfterAnUnforeseenFailureUntilItIsInterrupted() {
    var rounds = new AtomicInteger();
    Archiving.Round round =
        () -> {
          switch (rounds.incrementAndGet()) {
            case 1 -> throw new PostgresException("pg_controldata ended with 1");
            case 2 -> {}
            default -> Thread.currentThread().interrupt();
          }
        };

    assertThatThrownBy(
            () -> Archiving.repeat(new ArrayBlockingQueue<>(1), Duration.ofMillis(1), round))
        .isInstanceOf(InterruptedException.class);

    assertThat(rounds).hasValue(3);
    assertThat(Thread.interrupted()).isFalse();
  }
}
