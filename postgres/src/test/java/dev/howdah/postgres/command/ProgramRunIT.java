// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.howdah.postgres.PostgresException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class ProgramRunIT {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Path SHELL = Path.of("/bin/sh");

  private static ProgramRun shell(String script) {
    return new ProgramRun(Launch.plain(), SHELL).with("-c", script);
  }

  @Test
  void returnsBothStreamsAndEachLine() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();

    var output = shell("echo one; echo two >&2; printf 'three'").logTo(lines::add).run();

    assertThat(output.text()).isEqualTo("one\nthree");
    assertThat(output.errors()).isEqualTo("two\n");
    assertThat(lines).containsExactlyInAnyOrder("one", "two", "three");
  }

  @Test
  void reportsFailuresInTheProgramsOwnWords() {
    assertThatThrownBy(() -> shell("echo 'error: No space left on device' >&2; exit 3").run())
        .isInstanceOfSatisfying(
            ProgramFailedException.class,
            e -> {
              assertThat(e.exitCode()).isEqualTo(3);
              assertThat(e.isOutOfSpace()).isTrue();
            })
        .hasMessage("sh failed with exit code 3: error: No space left on device");
    assertThatThrownBy(() -> new ProgramRun(Launch.plain(), Path.of("/no/such")).run())
        .isInstanceOf(PostgresException.class)
        .hasMessageContaining("/no/such");
  }

  @Test
  void endsAProgramWithItsChildrenAtTheDeadline() throws Exception {
    String mark = "271.8" + ProcessHandle.current().pid();
    long start = System.nanoTime();

    var output = shell("sleep " + mark + " & wait").within(Duration.ofSeconds(1)).runToEnd();

    assertThat(output.exitCode()).isEqualTo(ProgramFailedException.TIMED_OUT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
    // whoever is killed is gone a moment later
    await()
        .atMost(MINUTE)
        .until(() ->
            ProcessHandle.allProcesses()
                .filter(ProcessHandle::isAlive)
                .map(process -> process.info().commandLine().orElse(""))
                .noneMatch(line -> line.endsWith("sleep " + mark)));
  }

  @Test
  void endsAProgramWhenItsThreadIsInterrupted() throws Exception {
    var thread =
        Thread.ofVirtual()
            .start(() ->
                assertThatThrownBy(() -> shell("exec sleep 60").run())
                    .isInstanceOf(InterruptedException.class));
    await().atMost(MINUTE).until(() -> thread.getState() == Thread.State.TIMED_WAITING);

    thread.interrupt();

    assertThat(thread.join(MINUTE)).isTrue();
  }

  @Test
  void keepsTheEndOfLongOutput() throws Exception {
    var output = shell("i=0; while [ $i -lt 30000 ]; do echo line$i; i=$((i+1)); done").run();

    assertThat(output.text()).hasSize(ProgramRun.KEPT_CHARACTERS).endsWith("line29999\n");
  }

  @Test
  void findsTheInstalledVersionsAndNamesThePackageOfAMissingOne() throws Exception {
    var found = Installations.find(null, System.getenv("PATH"));

    assertThat(found.all()).isNotEmpty();
    assertThat(found.newest().libraries()).contains("libpqwalreceiver");
    assertThatThrownBy(() -> found.of(13))
        .isInstanceOf(PostgresException.class)
        .hasMessageContaining("apt-get install postgresql-13");
    assertThatThrownBy(() -> Installations.find(Path.of("/nowhere"), "").newest())
        .isInstanceOf(PostgresException.class)
        .hasMessageContaining("/nowhere")
        .hasMessageContaining("apt-get install postgresql");
  }
}
