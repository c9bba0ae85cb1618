// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.podruntime.log.ContainerLog;
import dev.howdah.podruntime.log.LogRequest;
import dev.howdah.podruntime.probe.Outcome;
import dev.howdah.podruntime.process.ContainerProcess;
import dev.howdah.podruntime.process.Launcher;
import dev.howdah.podruntime.process.Session;
import dev.howdah.podruntime.process.Streams;
import dev.howdah.podruntime.process.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/// Programs run beside a container's own: exec, exec probes, hooks, attach.
final class PodPrograms {
  private static final int NOT_FOUND = 127;
  private static final int PROBE_OUTPUT = 10 * 1024;

  private final PodWorker pod;

  PodPrograms(PodWorker pod) {
    this.pod = pod;
  }

  /// Runs a program in a container, with somebody at its streams.
  int exec(Container container, List<String> words, boolean tty, Streams streams)
      throws IOException, InterruptedException {
    ContainerProcess process =
        container
            .process()
            .orElseThrow(() ->
                new IOException("container %s is not running".formatted(container.spec().name())));
    Preparation preparation;
    try {
      preparation = container.prepare(pod.facts());
    } catch (Preparation.Failure e) {
      throw new IOException(e.getMessage(), e);
    }
    Map<String, String> environment = new LinkedHashMap<>(preparation.environment());
    if (tty) {
      environment.putIfAbsent("TERM", "xterm");
    }
    List<String> command = preparation.commands().local(words);
    Optional<String> missing = preparation.commands().missing(command, environment);
    if (missing.isPresent()) {
      OutputStream out = streams.stderr() == null ? streams.stdout() : streams.stderr();
      if (out != null) {
        out.write((missing.get() + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
      return NOT_FOUND;
    }
    Launcher launcher = container.launcher();
    ProcessBuilder builder =
        launcher.inside(process, preparation.folder(), environment, tty, command);
    if (!tty) {
      return Session.run(builder, streams);
    }
    try (var terminal = Terminal.open(launcher.runAs())) {
      return Session.runOn(terminal, builder, streams);
    }
  }

  /// Runs a program for its exit status, with a deadline.
  Outcome probe(Container container, List<String> words, Duration timeout)
      throws InterruptedException {
    var output = new Bounded();
    var streams = new Streams(null, output, output, new LinkedBlockingQueue<>());
    var failure = new AtomicReference<Exception>();
    var code = new java.util.concurrent.CompletableFuture<Integer>();
    Thread thread =
        Thread.ofVirtual()
            .name("exec-probe")
            .start(() -> {
              try {
                code.complete(exec(container, words, false, streams));
              } catch (IOException e) {
                failure.set(e);
                code.completeExceptionally(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                code.completeExceptionally(e);
              }
            });
    try {
      int status = code.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return status == 0
          ? Outcome.OK
          : Outcome.failed(output.text().isEmpty() ? "exit status " + status : output.text());
    } catch (TimeoutException e) {
      thread.interrupt();
      return Outcome.failed(
          "command \"%s\" timed out after %ds"
              .formatted(String.join(" ", words), timeout.toSeconds()));
    } catch (ExecutionException e) {
      return Outcome.failed(String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
    } finally {
      thread.interrupt();
    }
  }

  /// Passes output and input of the main process until it or the client ends.
  int attach(Container container, Streams streams) throws IOException, InterruptedException {
    ContainerProcess process =
        container
            .process()
            .orElseThrow(() ->
                new IOException("container %s is not running".formatted(container.spec().name())));
    Optional<ContainerLog> log = container.log(false);
    Pipes pipes = container.pipes();
    Optional<Thread> sizes = pipes.followSizes(streams);
    Optional<Thread> input = streams.stdin() == null ? Optional.empty() : feed(container, streams);
    try {
      OutputStream out = streams.stdout();
      if (out != null && log.isPresent()) {
        // A terminal shows what was printed before somebody came; a stream only what is new.
        Integer tail = pipes.hasTerminal() ? null : Integer.valueOf(0);
        log.get().copy(new LogRequest(true, false, tail, null, null), new Flushing(out));
      }
      return process.exit().get().code();
    } catch (ExecutionException e) {
      return ContainerProcess.UNKNOWN_EXIT;
    } finally {
      sizes.ifPresent(Thread::interrupt);
      input.ifPresent(Thread::interrupt);
    }
  }

  private static Optional<Thread> feed(Container container, Streams streams) {
    Optional<OutputStream> input = container.pipes().input();
    if (input.isEmpty() || streams.stdin() == null) {
      return Optional.empty();
    }
    var from = streams.stdin();
    boolean once = container.spec().json().path("stdinOnce").asBoolean();
    return Optional.of(
        Thread.ofPlatform()
            .daemon()
            .name("attach-stdin")
            .start(() -> {
              byte[] buffer = new byte[8192];
              try {
                for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                  input.get().write(buffer, 0, n);
                  input.get().flush();
                }
                if (once) {
                  container.pipes().endInput();
                }
              } catch (IOException e) {
                // One of the two has left.
              }
            }));
  }

  /// Keeps the beginning of what is written.
  private static final class Bounded extends ByteArrayOutputStream {
    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      super.write(bytes, offset, Math.min(length, Math.max(0, PROBE_OUTPUT - size())));
    }

    String text() {
      return toString(StandardCharsets.UTF_8).strip();
    }
  }

  /// Sends each piece at once: somebody is watching.
  private static final class Flushing extends java.io.FilterOutputStream {
    Flushing(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      out.flush();
    }
  }
}
