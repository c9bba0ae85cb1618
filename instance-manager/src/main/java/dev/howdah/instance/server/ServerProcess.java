// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.instance.guard.Guard;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.data.PostmasterPid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server as processes: at most one postmaster of ours, and nothing left of it when its end is
/// reported.
public final class ServerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
  private static final Duration AFTER_KILL = Duration.ofSeconds(15);
  private static final Duration POLL = Duration.ofMillis(10);

  private final ServerContext context;
  private final Guard guard;
  private final Exits exits;
  private @Nullable Postmaster postmaster;
  private CompletableFuture<Void> gone = CompletableFuture.completedFuture(null);
  private boolean asked;
  private long generation;

  /// Hears of ends, each after the last process is gone.
  @FunctionalInterface
  public interface Exits {
    /// @param code of the postmaster
    /// @param asked whether we had asked it to stop
    void ended(int code, boolean asked) throws IOException, InterruptedException;
  }

  /// A start that was overtaken by a fence, or by the end of the permit, which fences.
  public static final class Overtaken extends IOException {
    private static final long serialVersionUID = 1;

    Overtaken() {
      super("fenced meanwhile, or about to be, as the permit to write is over");
    }
  }

  public ServerProcess(ServerContext context, Guard guard, Exits exits) {
    this.context = context;
    this.guard = guard;
    this.exits = exits;
  }

  /// Changes with each fence, and when the server of the one that leads has ended: what was planned
  /// before must not start a server afterwards.
  public synchronized long generation() {
    return generation;
  }

  /// Starts the server and returns at once.
  ///
  /// @param planned the generation when this start was decided
  /// @param leads whether it is the primary that starts, for which there must be a permit now: time
  ///   has passed since it was decided
  public void start(long planned, ServerConfiguration configuration, boolean leads)
      throws IOException, InterruptedException {
    await(earlier(), AFTER_KILL);
    synchronized (this) {
      if (planned != generation || (leads && !guard.allows())) {
        throw new Overtaken();
      }
      if (postmaster != null) {
        throw new IOException("PostgreSQL runs already");
      }
      if (!PostmasterPid.removeStale(context.data().path())) {
        throw new IOException("another PostgreSQL runs in " + context.data().path());
      }
      PostmasterPid.removeStaleSockets(context.paths().socketDirectory());
      Postmaster started =
          Postmaster.start(
              context.programs(),
              context.data().path(),
              configuration.commandLine(),
              line -> LOG.atInfo().addKeyValue("line", line).log("postgres said"));
      take(started);
      LOG.atInfo().addKeyValue("pid", started.pid()).log("PostgreSQL started");
    }
  }

  /// Takes on the server that runs already, which an earlier run of the instance manager started.
  ///
  /// @return false if none runs
  public synchronized boolean adopt() throws IOException {
    Optional<Postmaster> running = Postmaster.running(context.data().path());
    if (running.isEmpty() || postmaster != null) {
      return false;
    }
    take(running.get());
    LOG.atInfo().addKeyValue("pid", running.get().pid()).log("PostgreSQL runs on");
    return true;
  }

  private synchronized void take(Postmaster server) {
    asked = false;
    postmaster = server;
    CompletableFuture<Void> end = new CompletableFuture<>();
    gone = end;
    server.exit().thenAccept(code -> Thread.ofVirtual().start(() -> ended(code, end)));
  }

  private synchronized CompletableFuture<Void> earlier() {
    return gone;
  }

  private void ended(int code, CompletableFuture<Void> end) {
    boolean wasAsked;
    synchronized (this) {
      wasAsked = asked;
      postmaster = null;
    }
    try {
      LOG.atInfo().addKeyValue("code", code).addKeyValue("asked", wasAsked).log("PostgreSQL ended");
      // A postmaster that is killed leaves its children behind for a while; they must not outlive
      // it.
      if (!guard.kill() && !dieWithoutGuard(AFTER_KILL)) {
        LOG.error("processes of PostgreSQL are left and can't be killed");
      }
      PostmasterPid.removeStale(context.data().path());
      exits.ended(code, wasAsked);
    } catch (IOException | RuntimeException e) {
      LOG.atError().setCause(e).log("end of PostgreSQL not handled");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end.complete(null);
    }
  }

  /// The process that runs; null if none does.
  public synchronized @Nullable Postmaster postmaster() {
    return postmaster;
  }

  public boolean isRunning() {
    return postmaster() != null;
  }

  /// Whether the server says of itself that it takes no connections yet.
  public boolean isStarting() {
    Postmaster running = postmaster();
    return running != null && running.phase() == Postmaster.Phase.STARTING;
  }

  /// Asks the server to read its files again.
  public void reload() {
    Postmaster running = postmaster();
    if (running != null) {
      guard.signal("HUP", running.pid());
    }
  }

  /// Asks the server to stop and waits until its end was handled.
  ///
  /// @return false if it still runs
  public boolean stop(StopMode mode, Duration limit) throws InterruptedException {
    ask(mode);
    return awaitEnd(limit);
  }

  /// Asks the server to stop.
  public void ask(StopMode mode) {
    Postmaster running;
    synchronized (this) {
      running = postmaster;
      asked = true;
    }
    if (running != null) {
      LOG.atInfo().addKeyValue("mode", mode).log("stopping PostgreSQL");
      guard.signal(
          switch (mode) {
            case SMART -> "TERM";
            case FAST -> "INT";
            case IMMEDIATE -> "QUIT";
          },
          running.pid());
    }
  }

  /// Waits until the end of the server was handled.
  ///
  /// @return false if it still runs
  public boolean awaitEnd(Duration limit) throws InterruptedException {
    return await(earlier(), limit);
  }

  /// Kills the server with all its processes; no start that was planned before will happen.
  ///
  /// @return false if that isn't sure
  public boolean fence() throws InterruptedException {
    CompletableFuture<Void> end;
    synchronized (this) {
      generation++;
      end = gone;
    }
    return guard.kill() && await(end, AFTER_KILL);
  }

  /// The server has ended: no start that was planned before will happen; what runs is killed.
  ///
  /// @return false if that isn't sure
  public boolean callOff() throws InterruptedException {
    synchronized (this) {
      generation++;
      if (postmaster == null) {
        return true;
      }
    }
    return fence();
  }

  /// Kills every process that works in the data directory or its volume, without the guard's help.
  public void killWithoutGuard() {
    synchronized (this) {
      generation++;
    }
    owners().forEach(ProcessHandle::destroyForcibly);
  }

  /// The same until none is left.
  ///
  /// @return false if some are left at the end of that time
  private boolean dieWithoutGuard(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      List<ProcessHandle> left = owners();
      if (left.isEmpty()) {
        return true;
      }
      left.forEach(ProcessHandle::destroyForcibly);
      Thread.sleep(POLL);
    }
    return false;
  }

  private List<ProcessHandle> owners() {
    Path data = context.data().path();
    ProcessHandle self = ProcessHandle.current();
    return ProcessHandle.allProcesses()
        .filter(handle -> handle.pid() != self.pid())
        .filter(
            handle -> worksIn(handle.pid(), data) || worksIn(handle.pid(), context.pod().volume()))
        .toList();
  }

  private static boolean worksIn(long pid, Path folder) {
    Path cwd = Path.of("/proc", Long.toString(pid), "cwd");
    try {
      return Files.exists(folder)
          ? Files.isSameFile(cwd, folder)
          : Files.readSymbolicLink(cwd).equals(deleted(folder));
    } catch (IOException e) {
      return false;
    }
  }

  /// What Linux calls a folder that was deleted while somebody works in it.
  private static Path deleted(Path folder) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    return parent == null
        ? folder
        : parent.toRealPath().resolve(folder.getFileName() + " (deleted)");
  }

  private static boolean await(CompletableFuture<Void> future, Duration limit)
      throws InterruptedException {
    try {
      future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    }
  }
}
