// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerLogTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;
  private Path file;
  private Instant now = START;
  private ContainerLog log;

  @BeforeEach
  void open() throws IOException {
    file = folder.resolve("0.log");
    log = new ContainerLog(file, () -> now, 64 * 1024);
  }

  private void print(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    log.look();
    now = now.plusSeconds(1);
  }

  private String read(LogRequest request) throws Exception {
    var out = new ByteArrayOutputStream();
    log.copy(request, out);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void givesTheLastLines() throws Exception {
    print("one\ntwo\n");
    print("three\nfour");

    assertThat(read(LogRequest.tail(2))).isEqualTo("three\nfour");
    assertThat(read(LogRequest.tail(3))).isEqualTo("two\nthree\nfour");
    assertThat(read(LogRequest.tail(0))).isEmpty();
    assertThat(read(LogRequest.tail(99))).isEqualTo("one\ntwo\nthree\nfour");
  }

  @Test
  void knowsWhenLinesWereWritten() throws Exception {
    print("one\ntwo\n");
    print("three\n");

    assertThat(read(new LogRequest(false, true, null, null, null)))
        .isEqualTo(
            "2026-01-01T00:00:00Z one\n2026-01-01T00:00:00Z two\n2026-01-01T00:00:01Z three\n");
    assertThat(read(new LogRequest(false, false, null, START.plusSeconds(1), null)))
        .isEqualTo("three\n");
    assertThat(read(new LogRequest(false, false, null, START.plusSeconds(9), null))).isEmpty();
    assertThat(read(new LogRequest(false, false, null, null, 5L))).isEqualTo("one\nt");
  }

  @Test
  void remembersTimesAcrossRuntimes() throws Exception {
    print("one\n");
    log = new ContainerLog(file, () -> now, 64 * 1024);
    print("two\n");

    assertThat(read(new LogRequest(false, true, null, null, null)))
        .isEqualTo("2026-01-01T00:00:00Z one\n2026-01-01T00:00:01Z two\n");
  }

  @Test
  void followsUntilTheContainerEnds() throws Exception {
    print("one\n");
    var out = new ByteArrayOutputStream();
    var follower =
        Thread.ofVirtual()
            .start(() -> {
              try {
                log.copy(new LogRequest(true, false, 1, null, null), out);
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> out.size() == 4);

    print("two\n");
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> out.size() == 8);
    log.end();

    assertThat(follower.join(Duration.ofSeconds(60))).isTrue();
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");
  }

  @Test
  void staysBounded() throws Exception {
    String line = "x".repeat(99) + "\n";
    for (int i = 0; i < 50; i++) {
      print(line.repeat(100));
    }

    String kept = read(LogRequest.ALL);

    assertThat(kept.length()).isBetween(20_000, 80_000);
    assertThat(kept).startsWith("x").endsWith("x\n").doesNotContain("\0");
    assertThat(kept.length() % 100).isZero();
    assertThat(read(new LogRequest(false, true, 1, null, null)))
        .isEqualTo(START.plusSeconds(49) + " " + line);
  }

  @Test
  void tellsOfChangesInAFolder() throws Exception {
    try (var watch = new FolderWatch()) {
      watch.watch(folder, log::look);
      Files.writeString(file, "written by another\n");

      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.exists(folder.resolve("0.log.times")));
    }
  }
}
