// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.data.PostmasterPid;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// A running PostgreSQL server: our child process, or one that outlived the process that started
/// it.
public final class Postmaster {
  /// How a server is asked to stop.
  public enum StopMode {
    /// Waits for all sessions to end.
    SMART(Signals.TERM),
    /// Ends sessions, writes a checkpoint, waits until standbys have it.
    FAST(Signals.INT),
    /// Ends all processes at once; the next start recovers.
    IMMEDIATE(Signals.QUIT);

    private final int signal;

    StopMode(int signal) {
      this.signal = signal;
    }
  }

  /// Where a starting server is, by the last line of its `postmaster.pid`.
  public enum Phase {
    STARTING,
    /// It takes sessions: as a primary, or as a standby that is consistent.
    READY,
    /// It recovers and takes no sessions, as it was told to (`hot_standby = off`).
    STANDBY,
    STOPPING,
    ENDED
  }

  /// With `setpriv --pdeathsig` a server dies with the *thread* that started it: use one that never
  /// ends.
  private static final ExecutorService SPAWNER =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("postmaster-spawner").factory());

  private static final Duration POLL = Duration.ofMillis(10);

  private static final Duration LOOK = Duration.ofMillis(50);

  private final ProcessHandle process;
  private final CompletableFuture<Integer> exit;
  private final Path dataDirectory;

  private Postmaster(ProcessHandle process, CompletableFuture<Integer> exit, Path dataDirectory) {
    this.process = process;
    this.exit = exit;
    this.dataDirectory = dataDirectory;
  }

  /// The server that runs on this data directory, whoever started it. Its exit code will not be
  /// known: -1.
  public static Optional<Postmaster> running(Path dataDirectory) throws IOException {
    Optional<PostmasterPid> file =
        PostmasterPid.read(dataDirectory).filter(pid -> pid.isAlive(dataDirectory));
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Optional<ProcessHandle> process = ProcessHandle.of(file.get().pid());
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    if (process.isPresent()) {
      Thread.ofVirtual()
          .name("postmaster-watch")
          .start(() -> awaitEnd(file.get(), dataDirectory, exit));
    }
    return process.map(handle -> new Postmaster(handle, exit, dataDirectory));
  }

  /// Not by its handle: to that, a zombie that its new parent doesn't reap is alive.
  private static void awaitEnd(
      PostmasterPid file, Path dataDirectory, CompletableFuture<Integer> exit) {
    try {
      while (file.isAlive(dataDirectory)) {
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exit.complete(-1);
    }
  }

  /// Starts the server and returns at once.
  ///
  /// @param options such as `-c name=value`
  /// @param output gets each line that is not in the log files: those from before and after the log
  ///   collector
  public static Postmaster start(
      PostgresPrograms programs,
      Path dataDirectory,
      List<String> options,
      Consumer<String> output) {
    var command = new ArrayList<>(programs.launch().prefix());
    command.add(programs.installation().program("postgres").toString());
    command.addAll(List.of("-D", dataDirectory.toString()));
    command.addAll(options);
    var builder =
        new ProcessBuilder(command).directory(Path.of("/").toFile()).redirectErrorStream(true);
    programs.launch().applyTo(builder.environment());
    builder.environment().put("PG_OOM_ADJUST_FILE", "/proc/self/oom_score_adj");
    builder.environment().put("PG_OOM_ADJUST_VALUE", "0");
    Process process = spawn(builder);
    // Ends with the server, whose last process closes the pipe.
    Thread.ofVirtual().name("postmaster-output").start(() -> forward(process, output));
    return new Postmaster(
        process.toHandle(), process.onExit().thenApply(Process::exitValue), dataDirectory);
  }

  /// Can't be interrupted: a server that was started and that nobody knows of could not be stopped.
  private static Process spawn(ProcessBuilder builder) {
    Future<Process> started = SPAWNER.submit(builder::start);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          Process process = started.get();
          process.getOutputStream().close();
          return process;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException | IOException e) {
      throw new PostgresException("cannot run postgres: " + e.getMessage(), e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void forward(Process process, Consumer<String> output) {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        output.accept(line);
      }
    } catch (IOException e) {
      output.accept("(output of postgres lost: " + e.getMessage() + ")");
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive() && !exit.isDone();
  }

  /// The exit code, once the server has ended.
  public CompletableFuture<Integer> exit() {
    return exit.copy();
  }

  private boolean awaitExit(Duration limit) throws InterruptedException {
    try {
      exit.get(Math.max(0, limit.toMillis()), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return !isAlive();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Where the server is, without asking it.
  public Phase phase() {
    if (!isAlive()) {
      return Phase.ENDED;
    }
    try {
      List<String> lines = Files.readAllLines(dataDirectory.resolve("postmaster.pid"));
      if (lines.size() < 8 || !lines.getFirst().strip().equals(Long.toString(process.pid()))) {
        return Phase.STARTING;
      }
      return switch (lines.get(7).strip()) {
        case "ready" -> Phase.READY;
        case "standby" -> Phase.STANDBY;
        case "stopping" -> Phase.STOPPING;
        default -> Phase.STARTING;
      };
    } catch (IOException e) {
      return Phase.STARTING;
    }
  }

  /// Waits until the server answers queries; a standby answers as soon as it is consistent.
  ///
  /// @return the phase reached: READY (or STANDBY without sessions); ENDED if it died; STARTING if
  ///   the time was not enough
  public Phase awaitReady(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    Phase phase = phase();
    while ((phase == Phase.STARTING || phase == Phase.STOPPING) && System.nanoTime() < end) {
      awaitExit(POLL);
      phase = phase();
    }
    return phase;
  }

  /// Asks the server to stop and waits.
  ///
  /// @return whether it ended in time; it goes on stopping if not
  public boolean stop(StopMode mode, Duration limit) throws InterruptedException {
    if (isAlive()) {
      Signals.send(process.pid(), mode.signal);
    }
    return awaitExit(limit);
  }

  /// Asks the server to read its configuration again.
  public void reload() {
    if (isAlive()) {
      Signals.send(process.pid(), Signals.HUP);
    }
  }

  /// Kills the server and all its processes, and waits until the server's own process is gone.
  ///
  /// @return whether it ended in time
  public boolean kill(Duration limit) throws InterruptedException {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    boolean ended = awaitExit(limit);
    // A child that was forked meanwhile has lost its parent but may still live.
    children.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
    return ended;
  }

  public Path dataDirectory() {
    return dataDirectory;
  }
}
