// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `howdah up` as somebody leaves it open: in a terminal, ended by Ctrl-C, and by a program that
/// reads JSON.
class ForegroundIT {
  private static final Path LAUNCHER = Path.of("..").toAbsolutePath().normalize().resolve("howdah");
  private static final String CLUSTER =
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata:
        name: one
      spec:
        instances: 1
        storage:
          size: 1Gi
      """;

  private Path folder;
  private EmbeddedHowdah howdah;

  @BeforeEach
  void folders() throws IOException {
    folder = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-foreground");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    howdah = new EmbeddedHowdah(LAUNCHER, folder.resolve("home"));
  }

  @AfterEach
  void clean() throws IOException, InterruptedException {
    howdah.close();
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  /// A program that runs, and its standard output line by line.
  private record Session(Process process, BlockingQueue<String> lines, List<String> seen) {
    /// With the signals that a terminal's programs start with: a build that runs in the background
    /// of a script ignores SIGINT, and so would all that it starts.
    static Session start(List<String> command) throws IOException {
      var whole = new ArrayList<>(List.of("env", "--default-signal=INT"));
      whole.addAll(command);
      var builder = new ProcessBuilder(whole).redirectError(ProcessBuilder.Redirect.DISCARD);
      builder.environment().put("HOWDAH_NO_BUILD", "true");
      var process = builder.start();
      var lines = new LinkedBlockingQueue<String>();
      Thread.ofVirtual()
          .start(() -> process.inputReader(StandardCharsets.UTF_8).lines().forEach(lines::add));
      return new Session(process, lines, new ArrayList<>());
    }

    String await(Predicate<String> wanted) throws InterruptedException, IOException {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
      while (true) {
        var line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (line == null) {
          process.destroyForcibly();
          throw new InterruptedIOException("not said within five minutes; said: " + seen);
        }
        seen.add(line.strip());
        if (wanted.test(line)) {
          return line;
        }
      }
    }

    int end() throws InterruptedException {
      assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("ends; said: " + seen).isTrue();
      return process.exitValue();
    }
  }

  @Test
  void stopsEverythingOnCtrlCAndGoesOnWithTheData() throws Exception {
    var manifest = Files.writeString(folder.resolve("one.yaml"), CLUSTER);
    var home = howdah.home().toString();
    var up = "%s up %s --home %s".formatted(LAUNCHER, manifest, home);

    var terminal = Session.start(List.of("script", "-qefc", up, "/dev/null"));
    terminal.await(line -> line.contains("Ctrl-C stops everything"));
    var insert = "CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer";
    // What says ready is reachable: no second attempt.
    var inserted = howdah.howdah("psql", "one", "--", "-c", insert);
    assertThat(inserted.exit()).as(inserted.toString()).isZero();
    terminal.process().outputWriter().append((char) 3).flush();

    terminal.await(line -> line.contains("stopped; the data stays in"));
    assertThat(terminal.end()).isEqualTo(130);
    assertThat(terminal.seen()).noneMatch(line -> line.contains("doesn't answer"));
    assertThat(PodProcesses.find(howdah.home(), "default", "one-1").entries()).isEmpty();

    var program =
        Session.start(List.of(LAUNCHER.toString(), "up", "--home", home, "--output", "json"));
    var clusters = Json.parse(program.await(line -> line.contains("\"type\":\"clusters\"")));
    assertThat(clusters.at("/clusters/0/name").asText()).isEqualTo("one");
    assertThat(clusters.at("/clusters/0/ready").asBoolean()).isTrue();
    var kept = howdah.howdah("psql", "one", "--", "-Atc", "SELECT answer FROM kept");
    assertThat(kept.output().strip()).isEqualTo("42");
    new ProcessBuilder("kill", "-INT", Long.toString(program.process().pid())).start().waitFor();

    program.await(line -> line.contains("stopped; the data stays in"));
    assertThat(program.end()).isEqualTo(130);
    assertThat(program.seen())
        .allSatisfy(line ->
            assertThat(Json.parse(line).path("type").asText())
                .isIn("message", "change", "clusters"));
    assertThat(PodProcesses.find(howdah.home(), "default", "one-1").entries()).isEmpty();
  }

  @Test
  void saysNothingUntrueWhenItIsStoppedBeforeAllIsHealthy() throws Exception {
    var manifest = Files.writeString(folder.resolve("one.yaml"), CLUSTER);
    var up = "%s up %s --home %s".formatted(LAUNCHER, manifest, howdah.home());

    var terminal = Session.start(List.of("script", "-qefc", up, "/dev/null"));
    terminal.await(line -> line.contains("init"));
    terminal.process().outputWriter().append((char) 3).flush();

    terminal.await(line -> line.contains("stopped; the data stays in"));
    assertThat(terminal.end()).isEqualTo(130);
    terminal.lines().drainTo(terminal.seen());
    assertThat(terminal.seen()).noneMatch(line -> line.contains("doesn't answer"));
    assertThat(PodProcesses.find(howdah.home(), "default", "one-1").entries()).isEmpty();
  }
}
