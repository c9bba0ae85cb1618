// SPDX-License-Identifier: Apache-2.0
package dev.howdah.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class JsonLogTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /// A disk, or a reader, that takes its time.
  private static final class Slow extends OutputStream {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      begun.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      written.write(bytes, offset, length);
    }
  }

  /// A process says why it ends and then ends.
  @Test
  void theLastWordsAreWrittenWhenAFlushIsOver() throws Exception {
    var out = new Slow();
    var log = new JsonLog(LogSettings.of(""), out);
    log.relay("main", "last words", _ -> {});
    out.begun.await();
    Thread flush = Thread.ofVirtual().start(() -> log.flush(LONG));
    await().during(Duration.ofMillis(200)).atMost(LONG).until(flush::isAlive);
    out.goOn.countDown();
    assertThat(flush.join(LONG)).isTrue();
    assertThat(out.written.toString(StandardCharsets.UTF_8)).contains("last words");
  }
}
