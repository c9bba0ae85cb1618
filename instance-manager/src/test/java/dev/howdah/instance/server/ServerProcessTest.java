// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.guard.Guard;
import dev.howdah.postgres.command.Installation;
import dev.howdah.postgres.command.Launch;
import dev.howdah.postgres.command.PostgresPrograms;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.data.DataDirectory;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {
  private static final ServerConfiguration NONE =
      new ServerConfiguration(new TreeMap<>(), new TreeMap<>(), "", "", "", "", "", "", List.of());

  @TempDir private Path folder;

  private ServerProcess process() throws Exception {
    var pod =
        PodEnvironment.of(
            Map.of(
                "POD_NAME", "main-1",
                "NAMESPACE", "default",
                "CLUSTER_NAME", "main",
                "HOWDAH_ROOT", folder.toString()));
    var programs =
        new PostgresPrograms(
            new Installation(folder.resolve("no-programs"), 15, "15.8"), Launch.plain(), _ -> {});
    Path data = Files.createDirectories(folder.resolve("data"));
    // it says nothing; the standard input belongs to whoever runs the tests
    var answers = new PipedInputStream(new PipedOutputStream());
    var guard =
        new Guard(answers, OutputStream.nullOutputStream(), new BootClock(), 0, _ -> {}, _ -> {});
    return new ServerProcess(
        new ServerContext(pod, new DataDirectory(data), programs, "postgres"), guard, (_, _) -> {});
  }

  /// Whatever decided on it: a restart for a new parameter too.
  @Test
  void startsNoPrimaryWithoutAPermit() throws Exception {
    var process = process();

    assertThatThrownBy(() -> process.start(process.generation(), NONE, true))
        .isInstanceOf(ServerProcess.Overtaken.class)
        .hasMessageContaining("permit");
  }

  /// A start whose volume didn't answer for some seconds, say: another instance may lead by now.
  @Test
  void startsNothingThatWasCalledOff() throws Exception {
    var process = process();
    long planned = process.generation();

    assertThat(process.callOff()).isTrue();
    assertThatThrownBy(() -> process.start(planned, NONE, false))
        .isInstanceOf(ServerProcess.Overtaken.class);
  }

  @Test
  void aStandbyNeedsNone() throws Exception {
    var process = process();

    assertThatThrownBy(() -> process.start(process.generation(), NONE, false))
        .hasMessageContaining("no program postgres");
  }
}
