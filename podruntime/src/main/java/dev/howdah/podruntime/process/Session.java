// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One run of a program with somebody at its standard streams.
public final class Session {
  /// How long output is still read after the program ended: others may hold its streams open.
  private static final Duration DRAIN = Duration.ofSeconds(2);

  /// Clients tell the size of their terminal right at the start.
  private static final Duration FIRST_SIZE = Duration.ofMillis(200);

  private Session() {}

  /// Runs a program until it ends and returns its exit status (128 + signal when killed). When the
  /// thread is interrupted, the program and what it started are killed.
  public static int run(ProcessBuilder builder, Streams streams)
      throws IOException, InterruptedException {
    if (streams.stdin() == null) {
      builder.redirectInput(Path.of("/dev/null").toFile());
    }
    Process process = builder.start();
    var outputs = new ArrayList<Thread>();
    outputs.add(copy("stdout", process.getInputStream(), streams.stdout(), false));
    outputs.add(copy("stderr", process.getErrorStream(), streams.stderr(), false));
    Thread input =
        streams.stdin() == null
            ? null
            : copy("stdin", streams.stdin(), process.getOutputStream(), true);
    return await(process, outputs, input);
  }

  /// The same on a terminal: one stream for all output.
  public static int runOn(Terminal terminal, ProcessBuilder builder, Streams streams)
      throws IOException, InterruptedException {
    builder.redirectInput(terminal.device().toFile());
    builder.redirectOutput(terminal.device().toFile());
    builder.redirectError(terminal.device().toFile());
    Streams.Size first = streams.sizes().poll(FIRST_SIZE.toMillis(), TimeUnit.MILLISECONDS);
    if (first != null) {
      terminal.resize(first.columns(), first.rows()); // so that the program never sees another
    }
    Process process = builder.start();
    Thread output = copy("stdout", terminal.output(), streams.stdout(), false);
    Thread input =
        streams.stdin() == null ? null : copy("stdin", streams.stdin(), terminal.input(), false);
    Thread sizes = followSizes(terminal, streams);
    try {
      return await(process, List.of(output), input);
    } finally {
      sizes.interrupt();
    }
  }

  /// Passes the client's terminal sizes on until interrupted.
  public static Thread followSizes(Terminal terminal, Streams streams) {
    return Thread.ofVirtual()
        .name("terminal-size")
        .start(() -> {
          try {
            while (true) {
              Streams.Size size = streams.sizes().take();
              terminal.resize(size.columns(), size.rows());
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static int await(Process process, List<Thread> outputs, @Nullable Thread input)
      throws InterruptedException {
    try {
      int code = process.waitFor();
      long end = System.nanoTime() + DRAIN.toNanos();
      for (Thread output : outputs) {
        output.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      }
      return code;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      if (input != null) {
        input.interrupt();
      }
    }
  }

  /// Copies on a thread of its own: these streams block the thread that reads them.
  private static Thread copy(
      String name, InputStream from, @Nullable OutputStream to, boolean closes) {
    return Thread.ofPlatform()
        .daemon()
        .name("exec-" + name)
        .start(() -> {
          try {
            pump(from, to);
          } catch (IOException e) {
            // One of the two ends is gone; the program's end is what counts.
          }
          if (closes && to != null) {
            try {
              to.close();
            } catch (IOException e) {
              // It has ended.
            }
          }
        });
  }

  private static void pump(InputStream from, @Nullable OutputStream to) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
      if (to != null) {
        to.write(buffer, 0, count);
        to.flush();
      }
    }
  }
}
