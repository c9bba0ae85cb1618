// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SessionTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final BlockingQueue<Streams.Size> sizes = new LinkedBlockingQueue<>();

  private Streams streams(String input) {
    return new Streams(
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), out, err, sizes);
  }

  @Test
  void passesInputOutputErrorsAndExitStatus() throws Exception {
    int code =
        Session.run(new ProcessBuilder("sh", "-c", "cat; echo no >&2; exit 9"), streams("hello"));

    assertThat(code).isEqualTo(9);
    assertThat(out).hasToString("hello");
    assertThat(err).hasToString("no\n");
  }

  @Test
  void givesAProgramATerminalOfTheClientsSize() throws Exception {
    RunAs user = RunAs.choose(Map.of());
    try (var terminal = Terminal.open(user)) {
      sizes.add(new Streams.Size(101, 33));
      var builder =
          new ProcessBuilder(
              "setsid",
              "--ctty",
              "--wait",
              "sh",
              "-c",
              "test -t 0 && while [ \"$(stty size </dev/tty)\" = '0 0' ]; do sleep 0.05; done; stty size"
                  + " </dev/tty; exit 3");

      int code = Session.runOn(terminal, builder, new Streams(null, out, null, sizes));

      assertThat(code).isEqualTo(3);
      assertThat(out.toString(StandardCharsets.UTF_8)).contains("33 101");
    }
  }

  @Test
  void killsTheProgramWhenTheClientLeaves() throws Exception {
    String token = "97531." + (System.nanoTime() & 0xffff);
    var interrupted = new AtomicBoolean();
    Thread client =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Session.run(
                    new ProcessBuilder("sh", "-c", "sleep " + token + "; true"),
                    new Streams(null, out, err, sizes));
              } catch (InterruptedException e) {
                interrupted.set(true);
              } catch (java.io.IOException e) {
                throw new IllegalStateException(e);
              }
            });
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> runs(token));

    client.interrupt();
    client.join();

    assertThat(interrupted).isTrue();
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !runs(token));
    assertThat(Path.of("/proc")).exists();
  }

  /// Such as kubectl on a machine that has much else to do.
  @Test
  void losesNothingThoughTheClientIsSlowerThanTheProgram() throws Exception {
    var slow =
        new FilterOutputStream(out) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            LockSupport.parkNanos(Duration.ofMillis(400).toNanos());
            out.write(bytes, offset, length);
          }
        };
    var program = new ProcessBuilder("sh", "-c", "echo one; sleep 0.2; echo two; exit 9");
    int code = Session.run(program, new Streams(null, slow, err, sizes), Duration.ofMillis(50));
    assertThat(code).isEqualTo(9);
    assertThat(out).hasToString("one\ntwo\n");
  }

  private static boolean runs(String token) {
    return ProcessHandle.allProcesses()
        .anyMatch(
            p -> p.info().arguments().map(a -> a.length > 0 && a[0].equals(token)).orElse(false));
  }
}
