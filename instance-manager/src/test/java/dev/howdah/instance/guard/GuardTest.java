// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class GuardTest {
  private final List<String> fired = new CopyOnWriteArrayList<>();
  private final List<String> lost = new CopyOnWriteArrayList<>();

  @Test
  void tellsAFiringFromALossAndFencesWhenNobodyAnswers() throws Exception {
    var answers = new PipedOutputStream();
    var orders = new PipedInputStream(4096);
    var guard =
        new Guard(
            new PipedInputStream(answers),
            new PipedOutputStream(orders),
            new BootClock(),
            0,
            fired::add,
            lost::add);

    guard.permit(5_000_000_000L, false);
    answers.write("fired the permit ended\n".getBytes(StandardCharsets.US_ASCII));
    answers.flush();
    await().atMost(Duration.ofMinutes(1)).until(() -> fired.size() == 1);
    assertThat(new String(orders.readNBytes(11), StandardCharsets.US_ASCII))
        .isEqualTo("permit 500\n");
    assertThat(lost).isEmpty();

    guard.permit(6_000_000_000L, true);
    await().atMost(Duration.ofMinutes(1)).until(() -> lost.size() == 1);
    assertThat(lost.getFirst()).contains("doesn't answer");
  }
}
