// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs programs and waits for conditions, both with a deadline.
final class Programs {
  private Programs() {}

  /// How a program ended, and what it said on its outputs.
  record Ended(int exit, String output, String errors) {
    /// All that it said.
    String said() {
      return errors + output;
    }
  }

  /// A condition that may fail while it isn't true yet.
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  static Ended run(Duration deadline, String input, List<String> words)
      throws IOException, InterruptedException {
    Path in = Files.createTempFile("e2e", ".in");
    Path out = Files.createTempFile("e2e", ".out");
    Path err = Files.createTempFile("e2e", ".err");
    try {
      Files.writeString(in, input);
      var builder =
          new ProcessBuilder(words)
              .redirectInput(in.toFile())
              .redirectError(err.toFile())
              .redirectOutput(out.toFile());
      // over WebSockets, kubectl exec now and then discards what comes before its stream is there
      builder.environment().put("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "false");
      Process process = builder.start();
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        return new Ended(
            -1, read(out), "not done within " + deadline + ": " + words + "\n" + read(err));
      }
      return new Ended(process.exitValue(), read(out), read(err));
    } finally {
      Files.deleteIfExists(in);
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /// A question that may fail for a moment, like one that kubectl asks of a busy API server.
  @FunctionalInterface
  interface Question<T> {
    T answer() throws Exception;
  }

  /// The first answer there is.
  static <T> T ask(String what, Duration deadline, Question<T> question)
      throws InterruptedException {
    var answers = new ArrayList<T>();
    await(what, deadline, () -> answers.add(question.answer()));
    return answers.getFirst();
  }

  static void await(String what, Duration deadline, Condition condition)
      throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    Throwable last = null;
    while (System.nanoTime() < end) {
      try {
        if (condition.holds()) {
          return;
        }
        last = null;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception | AssertionError e) {
        last = e; // the API server may be away for a moment
      }
      Thread.sleep(250);
    }
    throw new AssertionError(
        "not within %s: %s%s".formatted(deadline, what, last == null ? "" : " (" + last + ")"),
        last);
  }
}
