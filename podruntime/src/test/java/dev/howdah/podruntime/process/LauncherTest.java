// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each test runs with what this machine allows, and with no isolation at all.
class LauncherTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @TempDir Path home;
  private Tools tools;
  private RunAs runAs;

  static Stream<Isolation> isolations() throws IOException {
    return Stream.of(
            Isolation.detect(Tools.find(), RunAs.choose(Map.of())),
            new Isolation(true, false, !RunAs.choose(Map.of()).drop()),
            Isolation.NONE)
        .filter(i -> !i.mounts() || Isolation.detect(tools(), user()).mounts())
        .distinct();
  }

  private static Tools tools() {
    try {
      return Tools.find();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RunAs user() {
    try {
      return RunAs.choose(Map.of());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void openHome() throws IOException {
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    tools = tools();
    runAs = user();
  }

  private ContainerFiles files(String name) throws IOException {
    Path folder = Files.createDirectories(home.resolve("c/" + name));
    var files = new ContainerFiles(folder, 0);
    Files.createDirectories(files.root());
    Files.writeString(home.resolve("hosts"), "127.0.0.1 localhost\n127.7.7.7 main-rw\n");
    return files;
  }

  private Launch launch(ContainerFiles files, String... command) {
    Map<String, String> environment =
        Map.of(
            "PATH", "/usr/bin:/bin", "GREETING", "hello", Launcher.MARK, files.folder().toString());
    return new Launch(
        files,
        home.resolve("hosts"),
        "pod-1",
        Path.of("/"),
        List.of(command),
        environment,
        false,
        null);
  }

  private ContainerProcess.Exit await(ContainerProcess process) throws Exception {
    return process.exit().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @MethodSource("isolations")
  void runsAProgramAndKeepsItsOutputAndExitStatus(Isolation isolation) throws Exception {
    var launcher = new Launcher(tools, runAs, isolation, home);
    var files = files("main");

    var process = launcher.start(launch(files, "sh", "-c", "echo $GREETING; id -u; exit 3"));

    assertThat(await(process)).isEqualTo(new ContainerProcess.Exit(3, true));
    assertThat(files.log()).hasContent("hello\n" + runAs.uid());
  }

  @ParameterizedTest
  @MethodSource("isolations")
  void showsEachContainerItsOwnHostsAndRootAtOnePath(Isolation isolation) throws Exception {
    var launcher = new Launcher(tools, runAs, isolation, home);
    var files = files("main");
    Files.writeString(files.root().resolve("here"), "found");
    String root = launcher.visibleRoot(files).toString();

    var process =
        launcher.start(launch(files, "sh", "-c", "cat " + root + "/here; cat /etc/hosts"));

    await(process);
    assertThat(Files.readString(files.log())).startsWith("found");
    if (isolation.mounts()) {
      assertThat(Files.readString(files.log())).contains("main-rw");
      assertThat(root).isEqualTo(home.resolve("root").toString());
    }
  }

  @ParameterizedTest
  @MethodSource("isolations")
  void terminatesByAskingTheMainProcess(Isolation isolation) throws Exception {
    var launcher = new Launcher(tools, runAs, isolation, home);
    var files = files("main");
    var process =
        launcher.start(
            launch(
                files,
                "sh",
                "-c",
                "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done"));
    Awaitility.await().atMost(DEADLINE).until(() -> Files.readString(files.log()).contains("up"));

    process.terminate();

    assertThat(await(process).code()).isEqualTo(5);
    assertThat(Files.readString(files.log())).contains("bye");
  }

  @ParameterizedTest
  @MethodSource("isolations")
  void killsWhatTheMainProcessLeftBehindInOtherSessions(Isolation isolation) throws Exception {
    var launcher = new Launcher(tools, runAs, isolation, home);
    var files = files("main");
    String token = "86421." + (System.nanoTime() & 0xffff);
    var process =
        launcher.start(
            launch(
                files,
                "sh",
                "-c",
                "setsid sh -c 'sleep " + token + "' & setsid sleep " + token + " & echo up; wait"));
    Awaitility.await().atMost(DEADLINE).until(() -> count(token) >= 2);

    ProcessHandle.of(process.awaitMain().orElseThrow()).orElseThrow().destroyForcibly();

    assertThat(await(process).code()).isEqualTo(137);
    assertThat(count(token)).isZero();
  }

  @ParameterizedTest
  @MethodSource("isolations")
  void takesOverAContainerAndLearnsHowItEnded(Isolation isolation) throws Exception {
    var launcher = new Launcher(tools, runAs, isolation, home);
    var files = files("main");
    var process =
        launcher.start(
            launch(files, "sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done"));
    Awaitility.await().atMost(DEADLINE).until(() -> Files.readString(files.log()).contains("up"));

    var adopted =
        new Launcher(tools, runAs, isolation, home)
            .adopt(files, files.folder().toString())
            .orElseThrow();

    assertThat(adopted.awaitMain()).isEqualTo(process.awaitMain()).isPresent();
    adopted.terminate();
    assertThat(await(adopted)).isEqualTo(new ContainerProcess.Exit(7, true));
    assertThat(await(process).code()).isEqualTo(7);
    var late = launcher.adopt(files, files.folder().toString()).orElseThrow();
    assertThat(await(late)).isEqualTo(new ContainerProcess.Exit(7, true));
  }

  @ParameterizedTest
  @MethodSource("isolations")
  void endsTheContainerWhenItsWaitingShellIsKilled(Isolation isolation) throws Exception {
    var launcher = new Launcher(tools, runAs, isolation, home);
    var files = files("main");
    var process = launcher.start(launch(files, "sh", "-c", "echo up; exec sleep 1000"));
    Awaitility.await().atMost(DEADLINE).until(() -> Files.readString(files.log()).contains("up"));
    long main = process.awaitMain().orElseThrow();
    long shell = ProcessTable.find(main).orElseThrow().parent();

    ProcessHandle.of(shell).orElseThrow().destroyForcibly();

    assertThat(await(process)).isEqualTo(new ContainerProcess.Exit(137, false));
    Awaitility.await()
        .atMost(DEADLINE)
        .until(() -> ProcessTable.find(main).filter(ProcessTable.Entry::alive).isEmpty());
  }

  @ParameterizedTest
  @MethodSource("isolations")
  void runsProgramsInsideARunningContainer(Isolation isolation) throws Exception {
    var launcher = new Launcher(tools, runAs, isolation, home);
    var files = files("main");
    var launch = launch(files, "sleep", "1000");
    var process = launcher.start(launch);

    var inside =
        launcher
            .inside(
                process,
                files.root(),
                launch.environment(),
                false,
                List.of("sh", "-c", "echo $GREETING; id -u; exit 4"))
            .redirectErrorStream(true)
            .start();

    assertThat(new String(inside.getInputStream().readAllBytes()))
        .isEqualTo("hello\n" + runAs.uid() + "\n");
    assertThat(inside.waitFor()).isEqualTo(4);
    process.kill();
    await(process);
  }

  private static long count(String token) {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().arguments().map(a -> List.of(a).contains(token)).orElse(false))
        .count();
  }
}
