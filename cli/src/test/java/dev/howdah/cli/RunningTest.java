// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes that live, die and are dead.
class RunningTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final BooleanSupplier NEVER = () -> false;

  @TempDir private Path folder;
  private Home home;
  private Process process;

  @BeforeEach
  void start() throws IOException {
    home = new Home(folder);
    process = new ProcessBuilder("sleep", "1000").start();
  }

  @AfterEach
  void end() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static String[] words(Home home) throws IOException {
    return Files.readString(home.pidFile()).strip().split(" ");
  }

  /// As if the process had done so itself.
  private Running declared(long pid) throws IOException {
    Running.declare(home);
    var stat = Files.readString(Path.of("/proc/%d/stat".formatted(pid)));
    var start = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
    Files.writeString(home.pidFile(), pid + " " + start + " " + words(home)[2] + "\n");
    return new Running(pid, start);
  }

  @Test
  void whoDeclaresItselfIsFoundUntilItWithdraws() throws IOException {
    Running.declare(home);
    assertThat(Running.find(home).map(Running::pid)).contains(ProcessHandle.current().pid());

    Running.withdraw(home);
    assertThat(Running.find(home)).isEmpty();
  }

  @Test
  void nothingThatIsKeptDependsOnTheClock() throws IOException {
    Running.declare(home);

    var started = ProcessHandle.current().info().startInstant().orElseThrow();
    assertThat(Files.readString(home.pidFile()))
        .doesNotContain(Long.toString(started.getEpochSecond()));
  }

  @Test
  void anotherProcessOfTheSamePidIsNotIt() throws IOException {
    Running.declare(home);
    var words = words(home);

    Files.writeString(home.pidFile(), words[0] + " " + words[1] + "0 " + words[2]);
    assertThat(Running.find(home)).isEmpty();

    Files.writeString(home.pidFile(), words[0] + " " + words[1] + " of-another-boot");
    assertThat(Running.find(home)).isEmpty();

    Files.writeString(home.pidFile(), words[0]);
    assertThat(Running.find(home)).isEmpty();
  }

  /// Nobody waits for the inner process, so that it keeps its pid.
  @Test
  void aDeadProcessThatStillHasItsPidIsNotRunning() throws Exception {
    process.destroyForcibly();
    process = new ProcessBuilder("sh", "-c", "sleep 1000 & exec sleep 1001").start();
    await().atMost(LONG).until(() -> process.children().count() == 1);
    var child = process.children().findFirst().orElseThrow();
    declared(child.pid());
    assertThat(Running.find(home)).isPresent();

    child.destroyForcibly();

    await().atMost(LONG).until(() -> Running.find(home).isEmpty());
    assertThat(Files.exists(Path.of("/proc/%d/stat".formatted(child.pid())))).isTrue();
  }

  @Test
  void whatAnswersServes() throws Exception {
    var asked = new AtomicInteger();

    assertThat(declared(process.pid()).serves(() -> asked.incrementAndGet() > 2, LONG)).isTrue();
  }

  /// So it is for moments after `kill -9`.
  @Test
  void whatDiesWhileItIsAskedDoesNotServe() throws Exception {
    var dying = declared(process.pid());
    assertThat(Running.find(home)).contains(dying);

    boolean serves =
        dying.serves(
            () -> {
              process.destroyForcibly();
              return false;
            },
            LONG);

    assertThat(serves).isFalse();
    assertThat(Running.find(home)).isEmpty();
  }

  @Test
  void whatNeitherAnswersNorEndsIsSaid() throws Exception {
    var hanging = declared(process.pid());

    assertThatThrownBy(() -> hanging.serves(NEVER, Duration.ofMillis(50)))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("process " + process.pid());
  }

  @Test
  void stopsItAndWaitsForItsEnd() throws Exception {
    declared(process.pid()).stop(LONG);

    assertThat(process.waitFor()).isEqualTo(143);
  }
}
