// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A container that runs: its waiting shell, its main process, and all the processes these made.
///
/// The waiting shell leaves the exit status in a file, so a runtime that did not start the
/// container can take it over.
public final class ContainerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerProcess.class);

  /// How often a container is looked at that this process did not start and so isn't told about.
  private static final Duration GLANCE = Duration.ofSeconds(1);

  private static final Duration BLINK = Duration.ofMillis(5);

  private static final Duration START_DEADLINE = Duration.ofSeconds(10);

  /// How long after its start a process may not be ready for signals.
  private static final Duration YOUTH = Duration.ofSeconds(2);

  /// Main process and waiting shell start within this many clock ticks (hundredths of a second).
  private static final long TICKS_APART = 6000;

  /// The exit status of a container whose end nobody saw.
  public static final int UNKNOWN_EXIT = 137;

  /// How a container ended; `known` is false when its waiting shell was killed too.
  public record Exit(int code, boolean known) {}

  private final ContainerFiles files;
  private final Isolation isolation;
  private final String mark;
  private final ProcessTable.Entry shell;
  private final @Nullable Process child;
  private final CompletableFuture<Exit> exit = new CompletableFuture<>();
  private final Semaphore changed = new Semaphore(0);

  private ContainerProcess(
      ContainerFiles files,
      Isolation isolation,
      String mark,
      ProcessTable.Entry shell,
      @Nullable Process child) {
    this.files = files;
    this.isolation = isolation;
    this.mark = mark;
    this.shell = shell;
    this.child = child;
    Thread.ofVirtual().name("exit-" + files.name()).start(this::awaitExit);
  }

  static ContainerProcess started(
      ContainerFiles files, Isolation isolation, String mark, Process child) {
    // Only its id and start matter: it may not yet lead the session that it is about to make.
    var shell =
        ProcessTable.find(child.pid())
            .orElse(new ProcessTable.Entry(child.pid(), 0, child.pid(), 0, 'Z'));
    return new ContainerProcess(files, isolation, mark, shell, child);
  }

  /// Takes over a container that an earlier runtime started, or what is left of it: when it ended
  /// meanwhile, [#exit] completes at once. Empty when it was never started, or the machine was
  /// restarted.
  static Optional<ContainerProcess> adopt(ContainerFiles files, Isolation isolation, String mark) {
    try {
      if (!Files.exists(files.shell())) {
        return Optional.empty();
      }
      String[] record = Files.readString(files.shell()).split("\n");
      if (record.length < 2 || !record[1].equals(bootId())) {
        return Optional.empty(); // cut short, or of an earlier boot: nothing of it can run
      }
      return ProcessTable.parse(record[0])
          .map(recorded -> new ContainerProcess(files, isolation, mark, recorded, null));
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("file", files.shell()).setCause(e).log("record not readable");
      return Optional.empty();
    }
  }

  /// Completes when the main process has ended and none of the container's processes is left.
  public CompletableFuture<Exit> exit() {
    return exit;
  }

  /// Whether any process of it may still run.
  public boolean isRunning() {
    return !exit.isDone();
  }

  /// The main process as the machine numbers it; empty when it ended.
  public OptionalLong mainPid() {
    return main().map(entry -> OptionalLong.of(entry.pid())).orElse(OptionalLong.empty());
  }

  /// Writes to the main process's standard input, for containers that were started with one; null
  /// when there is none, or none any more.
  public @Nullable OutputStream stdin() {
    return child == null ? null : child.getOutputStream();
  }

  /// Notes that something in its folder has changed, which may be its exit status.
  public void look() {
    if (child == null && changed.availablePermits() == 0) {
      changed.release();
    }
  }

  /// Asks the main process to end.
  ///
  /// A first process of a PID namespace doesn't get signals that it has no handler for, so a
  /// request to a process that has just been started is made again a little later.
  public void terminate() {
    Thread.ofVirtual()
        .name("terminate-" + files.name())
        .start(() -> {
          try {
            awaitMain().ifPresent(_ -> awaitProgram());
            boolean young = age().compareTo(YOUTH) < 0;
            main().ifPresent(entry -> signal(entry, false));
            if (young && !ended(YOUTH)) {
              main().ifPresent(entry -> signal(entry, false));
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private boolean ended(Duration within) throws InterruptedException {
    try {
      exit.get(within.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return exit.isDone();
    }
  }

  private Duration age() {
    try {
      Instant start = Files.getLastModifiedTime(files.pid()).toInstant();
      return Duration.between(start, Instant.now());
    } catch (IOException e) {
      return Duration.ZERO;
    }
  }

  /// Waits until the launch script has become the container's own program.
  private void awaitProgram() {
    long end = System.nanoTime() + YOUTH.toNanos();
    try {
      for (var entry = main(); entry.isPresent(); entry = main()) {
        String line = Files.readString(Path.of("/proc/" + entry.get().pid() + "/cmdline"));
        if (!Launcher.isLaunching(line) || System.nanoTime() > end) {
          return;
        }
        Thread.sleep(5);
      }
    } catch (IOException e) {
      LOG.atTrace().setCause(e).log("ended while starting");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends all processes of the container at once, frozen ones (SIGSTOP) too.
  public void kill() {
    main().ifPresent(entry -> signal(entry, true));
    thaw(shell); // or it could not say how the main process ended
    if (!isolation.pids()) {
      sweep();
    }
    if (main().isEmpty() && runs(shell) && !Files.exists(files.pid())) {
      signal(shell, true); // still before its first child
    }
  }

  private void awaitExit() {
    try {
      if (child != null) {
        child.waitFor();
      } else {
        while (runs(shell)) {
          if (Files.exists(files.exit())) {
            Thread.sleep(BLINK); // its last act: it is about to go
          } else {
            changed.tryAcquire(GLANCE.toMillis(), TimeUnit.MILLISECONDS);
          }
        }
      }
      // The shell went first: somebody killed it. What it started must not go on unwatched.
      for (var left = orphan(); left.isPresent(); left = orphan()) {
        signal(left.get(), true);
        Thread.sleep(10);
      }
      if (!isolation.pids()) {
        while (sweep()) {
          Thread.sleep(10);
        }
      }
      exit.complete(readExit());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("container", files.name())
          .setCause(e)
          .log("lost sight of a container");
      exit.complete(new Exit(UNKNOWN_EXIT, false));
    }
  }

  private Exit readExit() {
    try {
      String text = Files.exists(files.exit()) ? Files.readString(files.exit()) : "";
      return text.endsWith("\n")
          ? new Exit(Integer.parseInt(text.strip()), true)
          : new Exit(UNKNOWN_EXIT, false);
    } catch (IOException | NumberFormatException e) {
      return new Exit(UNKNOWN_EXIT, false);
    }
  }

  private Optional<ProcessTable.Entry> main() {
    return recordedMain().filter(e -> e.alive() && e.parent() == shell.pid() && !exit.isDone());
  }

  /// The main process, when its waiting shell is gone.
  private Optional<ProcessTable.Entry> orphan() {
    return recordedMain()
        .filter(e -> e.alive() && e.start() >= shell.start())
        .filter(e -> e.start() - shell.start() < TICKS_APART && !runs(shell));
  }

  private Optional<ProcessTable.Entry> recordedMain() {
    try {
      if (!Files.exists(files.pid())) {
        return Optional.empty();
      }
      String text = Files.readString(files.pid());
      return text.endsWith("\n")
          ? ProcessTable.find(Long.parseLong(text.strip()))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// Waits until the main process exists, which it does a few milliseconds after the start.
  OptionalLong awaitMain() throws InterruptedException {
    long end = System.nanoTime() + START_DEADLINE.toNanos();
    OptionalLong pid = mainPid();
    while (pid.isEmpty() && isRunning() && System.nanoTime() < end) {
      Thread.sleep(5);
      pid = mainPid();
    }
    return pid;
  }

  private boolean sweep() {
    var left = ProcessTable.belonging(shell.pid(), mark);
    left.stream().filter(entry -> entry.pid() != shell.pid()).forEach(e -> signal(e, true));
    return left.stream().anyMatch(entry -> entry.pid() != shell.pid());
  }

  private static String bootId() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
  }

  private static boolean runs(ProcessTable.Entry recorded) {
    return ProcessTable.find(recorded.pid())
        .filter(now -> now.alive() && now.start() == recorded.start())
        .isPresent();
  }

  private static void thaw(ProcessTable.Entry entry) {
    if (!runs(entry)) {
      return;
    }
    try {
      new ProcessBuilder("kill", "-CONT", Long.toString(entry.pid()))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("pid", entry.pid()).setCause(e).log("not thawed");
    }
  }

  private static void signal(ProcessTable.Entry entry, boolean kill) {
    ProcessHandle.of(entry.pid())
        .filter(_ -> runs(entry))
        .ifPresent(handle -> {
          if (kill) {
            handle.destroyForcibly();
          } else {
            handle.destroy();
          }
        });
  }
}
