// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.guard;

import static org.awaitility.Awaitility.await;

import dev.howdah.testing.ServerUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The guard where no process can be started any more: bash tries for 15 s then, and ends. What
/// stands for PostgreSQL here is any process in the data directory; what stands for Java, a script.
class GuardWatchIT {
  /// What the log says tells who has killed: by then bash may have ended, too.
  private static final Duration SOON = Duration.ofSeconds(60);

  /// Starts what stands for PostgreSQL.
  private static final String PREPARATION =
      """
      #!/bin/bash
      cd %1$s
      [ -e pid ] && exec sleep 100
      (cd pgdata && exec sleep 100 4>&-) </dev/null >/dev/null 2>&1 &
      echo $! >pid
      """;

  /// Permits writing for a second, with or without Java.
  private static final String PERMIT =
      """
      read -r up _ </proc/uptime
      echo "permit $((10#${up/./} + 100)) keep" >&4
      """;

  private static final String NO_MORE_PROCESSES = "prlimit --pid $PPID --nproc=1\n";

  private final Path folder = ServerUser.temporaryDirectory("guard");
  private final List<ProcessHandle> started = new ArrayList<>();

  @BeforeEach
  void launcher() throws IOException {
    Files.createDirectory(folder.resolve("pgdata"));
    for (String file : new String[] {"guard", "java"}) {
      Files.copy(Path.of("src/main/launcher", file), folder.resolve(file));
    }
  }

  @AfterEach
  void end() {
    started.forEach(each -> {
      each.descendants().forEach(ProcessHandle::destroyForcibly);
      each.destroyForcibly();
    });
    ServerUser.delete(folder);
  }

  @Test
  void killsWhenThePermitEndsWhileJavaCannotBeStartedAgain() throws Exception {
    // a Java that dies within 5 s isn't started again
    long server = run("sleep 5.2\n" + PERMIT + NO_MORE_PROCESSES + "kill -KILL $$\n");

    await().atMost(SOON).until(() -> !isRunning(server));

    awaitLog("is started again");
    awaitLog("while the guard started Java");
  }

  @Test
  void killsWhenThePermitEndsWhileANewVersionCannotBeStarted() throws Exception {
    long server =
        run(PERMIT + NO_MORE_PROCESSES + "echo prepare $PWD/next $PWD/ready >&4\nexec sleep 100\n");

    await().atMost(SOON).until(() -> !isRunning(server));

    awaitLog("while the guard started Java");
  }

  @Test
  void killsWhatWorksInADirectoryThatWasDeleted() throws Exception {
    long server = run(PERMIT + "sleep 0.4\nrmdir pgdata\nexec sleep 100\n");

    await().atMost(SOON).until(() -> !isRunning(server));

    awaitLog("the permit ended");
  }

  @Test
  void killsWhenTheGuardIsKilled() throws Exception {
    long server = run(PERMIT.replace("+ 100)", "+ 100000)") + "exec sleep 100\n");

    started.getFirst().destroyForcibly();

    await().atMost(SOON).until(() -> !isRunning(server));
    awaitLog("the guard ended");
  }

  /// Runs the guard with a script for Java; returns what stands for PostgreSQL.
  private long run(String script) throws Exception {
    Path java = folder.resolve("stub");
    Files.writeString(java, PREPARATION.formatted(folder) + script);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    ServerUser.own(folder);
    var command = new ArrayList<>(ServerUser.prefix());
    command.addAll(List.of("bash", folder.resolve("guard").toString(), "instance", "run"));
    var builder = new ProcessBuilder(command).directory(Path.of("/").toFile());
    builder.environment().put("PGDATA", folder.resolve("pgdata").toString());
    builder.environment().put("HOWDAH_JAVA", java.toString());
    builder.environment().put("HOWDAH_CLASSPATH", "none");
    Process guard =
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
    started.add(guard.toHandle());
    Path pid = folder.resolve("pid");
    await().atMost(SOON).until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
    long number = Long.parseLong(Files.readString(pid).strip());
    ProcessHandle.of(number).ifPresent(started::add); // unless it was killed by now
    return number;
  }

  /// A killed process stays until its parent takes note of it, which what stands for Java doesn't.
  private static boolean isRunning(long process) {
    Path stat = Path.of("/proc", Long.toString(process), "stat");
    try {
      return !Files.readString(stat).contains(") Z ");
    } catch (IOException e) {
      return false; // gone meanwhile
    }
  }

  private void awaitLog(String text) {
    await().atMost(SOON).until(() -> Files.readString(folder.resolve("log")).contains(text));
  }
}
