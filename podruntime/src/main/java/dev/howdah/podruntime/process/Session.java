// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One run of a program with somebody at its standard streams.
public final class Session {
  /// How long output is still waited for after the program ended: others may hold its streams open.
  private static final Duration DRAIN = Duration.ofSeconds(2);

  /// Clients tell the size of their terminal right at the start.
  private static final Duration FIRST_SIZE = Duration.ofMillis(200);

  private static final int BUFFER = 16 * 1024;

  private Session() {}

  /// Runs a program until it ends and returns its exit status (128 + signal when killed). When the
  /// thread is interrupted, the program and what it started are killed.
  public static int run(ProcessBuilder builder, Streams streams)
      throws IOException, InterruptedException {
    return run(builder, streams, DRAIN);
  }

  static int run(ProcessBuilder builder, Streams streams, Duration drain)
      throws IOException, InterruptedException {
    if (streams.stdin() == null) {
      builder.redirectInput(Path.of("/dev/null").toFile());
    }
    Process process = builder.start();
    var outputs =
        List.of(
            new Output("stdout", process.getInputStream(), streams.stdout()),
            new Output("stderr", process.getErrorStream(), streams.stderr()));
    Thread input =
        streams.stdin() == null ? null : feed(streams.stdin(), process.getOutputStream(), true);
    return await(process, outputs, input, drain);
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
    var output = new Output("stdout", terminal.output(), streams.stdout());
    Thread input = streams.stdin() == null ? null : feed(streams.stdin(), terminal.input(), false);
    Thread sizes = followSizes(terminal, streams);
    try {
      return await(process, List.of(output), input, DRAIN);
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

  private static int await(
      Process process, List<Output> outputs, @Nullable Thread input, Duration drain)
      throws InterruptedException {
    try {
      int code = process.waitFor();
      long end = System.nanoTime() + drain.toNanos();
      for (Output output : outputs) {
        output.await(end, drain);
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

  /// What a program prints, on its way to the client.
  private static final class Output {
    private final InputStream from;
    private final @Nullable OutputStream to;
    private final Thread thread;
    private volatile boolean delivering;

    Output(String name, InputStream from, @Nullable OutputStream to) {
      this.from = from;
      this.to = to;
      this.thread = start(name, this::run);
    }

    private void run() {
      byte[] buffer = new byte[BUFFER];
      try {
        for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
          delivering = true;
          if (to != null) {
            to.write(buffer, 0, count);
            to.flush();
          }
          delivering = false;
        }
      } catch (IOException e) {
        // One of the two ends is gone; the program's end is what counts.
      } finally {
        delivering = false;
      }
    }

    /// Waits for its end until then, and as long as there is anything for a slow client.
    void await(long end, Duration drain) throws InterruptedException {
      boolean ended = thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      while (!ended && (delivering || hasMore())) {
        ended = thread.join(drain);
      }
    }

    private boolean hasMore() {
      try {
        return from.available() > 0;
      } catch (IOException e) {
        return false;
      }
    }
  }

  /// These streams block the thread that uses them.
  private static Thread start(String name, Runnable copy) {
    return Thread.ofPlatform().daemon().name("exec-" + name).start(copy);
  }

  private static Thread feed(InputStream from, OutputStream to, boolean closes) {
    return start(
        "stdin",
        () -> {
          try {
            pump(from, to);
          } catch (IOException e) {
            // One of the two ends is gone; the program's end is what counts.
          }
          if (closes) {
            try {
              to.close();
            } catch (IOException e) {
              // It has ended.
            }
          }
        });
  }

  private static void pump(InputStream from, OutputStream to) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
      to.write(buffer, 0, count);
      to.flush();
    }
  }
}
