// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Starts `howdah up` as a background process in a session of its own and waits until its API
/// server answers.
final class Daemon {
  private static final Duration PATIENCE = Duration.ofSeconds(180);

  private Daemon() {}

  /// @param refused is told when the background process ended with words for the user
  static void start(Platform.Settings settings, Narrator narrator, Runnable refused)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add("setsid"); // Ctrl-C in this terminal is not for the background process
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("up", "--serve", "--home", settings.home().path().toString()));
    command.addAll(List.of("--api-port", Integer.toString(settings.apiPort())));
    if (settings.postgres() != null) {
      command.addAll(List.of("--postgres", settings.postgres().toString()));
    }
    var log = settings.home().log();
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectInput(new File("/dev/null"));
    long from = Files.exists(log) ? Files.size(log) : 0;
    var process = builder.start();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (Running.find(settings.home()).isEmpty()) {
      if (!process.isAlive()) {
        throw failed(log, from, "it ended at once", refused);
      }
      if (System.nanoTime() > end) {
        var how = "its API server doesn't answer after " + PATIENCE.toSeconds() + " s";
        throw failed(log, from, how, () -> {}); // it may still become ready
      }
      Thread.sleep(50);
    }
    narrator.say("started in the background (process %d, log %s)".formatted(process.pid(), log));
  }

  private static ProblemException failed(Path log, long from, String how, Runnable refused)
      throws IOException {
    var bytes = Files.readAllBytes(log);
    var said =
        new String(
                bytes,
                (int) from,
                (int) (bytes.length - from),
                java.nio.charset.StandardCharsets.UTF_8)
            .strip();
    if (said.startsWith("howdah: ")) {
      // what it says is meant for the user, word by word
      refused.run();
      var text = said.substring("howdah: ".length()).replaceAll("\n +", "\n").split("\n", 2);
      return new ProblemException(
          new Problem("NOT_STARTED", text[0], text.length > 1 ? text[1] : "Its log is " + log));
    }
    return new ProblemException(
        new Problem(
            "NOT_STARTED",
            "howdah did not start in the background: " + how,
            said.isEmpty() ? "It said nothing; its log is " + log : said));
  }
}
