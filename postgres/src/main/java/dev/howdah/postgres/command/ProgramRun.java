// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One run of a short-lived program: no input, bounded output, a deadline.
///
/// Secrets never belong into the arguments, which everybody on the machine can read: use files or
/// the environment.
public final class ProgramRun {
  /// How much of each stream is kept, counted from its end.
  static final int KEPT_CHARACTERS = 64 * 1024;

  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofMillis(500);

  private final Launch launch;
  private final Path program;
  private final List<String> arguments = new ArrayList<>();
  private Duration deadline = Duration.ofMinutes(1);
  private Consumer<String> lines = line -> {};
  private @Nullable BooleanSupplier hopeless;

  public ProgramRun(Launch launch, Path program) {
    this.launch = launch;
    this.program = program;
  }

  /// What a program printed.
  public record Output(int exitCode, String text, String errors, Duration took) {}

  public ProgramRun with(String... more) {
    arguments.addAll(List.of(more));
    return this;
  }

  public ProgramRun with(List<String> more) {
    arguments.addAll(more);
    return this;
  }

  /// When to give up: the program is terminated, and killed if that does not help.
  public ProgramRun within(Duration limit) {
    deadline = limit;
    return this;
  }

  /// Asked now and then whether there is no use in waiting for it any longer: as its deadline.
  public ProgramRun unless(BooleanSupplier condition) {
    hopeless = condition;
    return this;
  }

  /// Who gets each line of both streams while the program runs.
  public ProgramRun logTo(Consumer<String> consumer) {
    lines = consumer;
    return this;
  }

  /// Runs it and returns what it printed.
  ///
  /// @throws ProgramFailedException if the exit code is not 0 or the deadline passes
  public Output run() throws InterruptedException {
    Output output = runToEnd();
    if (output.exitCode() != 0) {
      throw new ProgramFailedException(
          program.getFileName().toString(),
          output.exitCode(),
          output.errors().isBlank() ? output.text() : output.errors(),
          output.took());
    }
    return output;
  }

  /// Runs it and returns what it printed, whatever its exit code; {@link
  /// ProgramFailedException#TIMED_OUT} stands for a deadline that passed.
  public Output runToEnd() throws InterruptedException {
    var command = new ArrayList<>(launch.prefix());
    command.add(program.toString());
    command.addAll(arguments);
    var builder = new ProcessBuilder(command).directory(Path.of("/").toFile());
    launch.applyTo(builder.environment());
    long start = System.nanoTime();
    Process process;
    try {
      process = builder.start();
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new PostgresException("cannot run " + program + ": " + e.getMessage(), e);
    }
    var text = new Tail();
    var errors = new Tail();
    boolean ended = false;
    try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      var _ = tasks.submit(() -> drain(process.getInputStream(), text));
      var _ = tasks.submit(() -> drain(process.getErrorStream(), errors));
      try {
        ended = await(process);
      } finally {
        if (!ended) {
          end(process);
        }
      }
    }
    return new Output(
        ended ? process.exitValue() : ProgramFailedException.TIMED_OUT,
        text.toString(),
        errors.toString(),
        Duration.ofNanos(System.nanoTime() - start));
  }

  private boolean await(Process process) throws InterruptedException {
    BooleanSupplier condition = hopeless;
    if (condition == null) {
      return process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }
    long end = System.nanoTime() + deadline.toNanos();
    while (!process.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
      if (condition.getAsBoolean() || System.nanoTime() > end) {
        return false;
      }
    }
    return true;
  }

  /// Ends the program and what it started, also when we were interrupted.
  private static void end(Process process) {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroy);
    boolean interrupted = false;
    try {
      if (process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      all.forEach(ProcessHandle::destroyForcibly);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void drain(InputStream stream, Tail tail) {
    try (Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      char[] buffer = new char[4096];
      var line = new StringBuilder();
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        tail.append(buffer, n);
        for (int i = 0; i < n; i++) {
          if (buffer[i] == '\n' || buffer[i] == '\r') {
            emit(line);
          } else if (line.length() < KEPT_CHARACTERS) {
            line.append(buffer[i]);
          }
        }
      }
      emit(line);
    } catch (IOException e) {
      tail.append(("(output lost: " + e.getMessage() + ")").toCharArray());
    }
  }

  private void emit(StringBuilder line) {
    if (!line.isEmpty()) {
      String text = line.toString();
      line.setLength(0);
      lines.accept(text);
    }
  }

  private static final class Tail {
    private final StringBuilder kept = new StringBuilder();

    void append(char[] characters) {
      append(characters, characters.length);
    }

    synchronized void append(char[] characters, int count) {
      kept.append(characters, 0, count);
      if (kept.length() > 2 * KEPT_CHARACTERS) {
        kept.delete(0, kept.length() - KEPT_CHARACTERS);
      }
    }

    @Override
    public synchronized String toString() {
      return kept.length() <= KEPT_CHARACTERS
          ? kept.toString()
          : kept.substring(kept.length() - KEPT_CHARACTERS);
    }
  }
}
