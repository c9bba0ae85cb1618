// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.podruntime.log.ContainerLog;
import dev.howdah.podruntime.pod.ContainerState.Ended;
import dev.howdah.podruntime.pod.ContainerState.Running;
import dev.howdah.podruntime.probe.Prober;
import dev.howdah.podruntime.process.ContainerFiles;
import dev.howdah.podruntime.process.ContainerProcess;
import dev.howdah.podruntime.process.Launch;
import dev.howdah.podruntime.process.Launcher;
import dev.howdah.podruntime.process.Terminal;
import dev.howdah.podruntime.volume.PodFacts;
import dev.howdah.podruntime.volume.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One container of a pod: starts it, watches it, ends it.
///
/// Everything that changes its state runs on the pod's own thread; other threads only read.
final class Container {
  private static final Logger LOG = LoggerFactory.getLogger(Container.class);
  private static final Duration RETRY = Duration.ofSeconds(10);
  private static final int MESSAGE_BYTES = 4096;
  private static final int LOG_MESSAGE_BYTES = 2048;
  private static final int LOG_MESSAGE_LINES = 80;

  private final PodContext context;
  private final PodWorker pod;
  private final ContainerSpec spec;
  private final Path folder;
  private final Pipes pipes;
  private volatile ContainerState state;
  private volatile @Nullable ContainerProcess process;
  private volatile @Nullable ContainerLog log;
  private volatile @Nullable Preparation preparation;
  private @Nullable Prober prober;
  private @Nullable Stopper stopper;
  private int failures;
  private boolean watched;

  Container(PodContext context, PodWorker pod, ContainerSpec spec, Path folder) {
    this.context = context;
    this.pod = pod;
    this.spec = spec;
    this.folder = folder;
    this.pipes = new Pipes();
    this.state = ContainerState.fresh(spec);
  }

  ContainerState state() {
    return state;
  }

  ContainerSpec spec() {
    return spec;
  }

  /// Where output of containers on a terminal, and input of all, passes through.
  Pipes pipes() {
    return pipes;
  }

  /// The running process, for those who want something from it.
  Optional<ContainerProcess> process() {
    ContainerProcess current = process;
    return current != null && current.isRunning() ? Optional.of(current) : Optional.empty();
  }

  /// The log of this run, or of the one before.
  Optional<ContainerLog> log(boolean previous) throws IOException {
    if (!previous) {
      return Optional.ofNullable(log);
    }
    var files = new ContainerFiles(folder, state.attempt() - 1);
    if (!Files.exists(files.log())) {
      return Optional.empty();
    }
    var old = new ContainerLog(files.log(), context.clock(), PodContext.LOG_BYTES);
    old.end();
    return Optional.of(old);
  }

  /// Its variables and paths.
  Preparation prepare(PodFacts facts) throws Preparation.Failure {
    Preparation known = preparation;
    return known != null
        ? known
        : Preparation.of(context, facts, spec.json(), new ContainerFiles(folder, state.attempt()));
  }

  /// Finds out what an earlier runtime has left.
  ///
  /// @param reported its container status in the API, which knows what probes have found
  void restore(JsonNode reported) throws IOException {
    List<History> runs = History.read(folder);
    if (runs.isEmpty()) {
      restoreWithoutFiles(reported);
      return;
    }
    History last = runs.getFirst();
    Ended previous = runs.size() > 1 ? runs.get(1).ended() : null;
    var base = ContainerState.fresh(spec);
    var at =
        new ContainerState(spec, last.attempt(), base.now(), previous, false, false, Instant.EPOCH);
    var files = new ContainerFiles(folder, last.attempt());
    state = at;
    openLog(files);
    if (last.ended() != null) {
      state = at.ended(last.ended(), Instant.EPOCH);
      endLog();
      return;
    }
    String mark = pod.uid() + "/" + spec.name();
    Optional<ContainerProcess> found = context.launcher().adopt(files, mark);
    state = at.running(last.started());
    if (found.isEmpty()) {
      exited(new ContainerProcess.Exit(ContainerProcess.UNKNOWN_EXIT, false));
      return;
    }
    boolean started = reported.path("started").asBoolean();
    boolean ready = reported.path("ready").asBoolean();
    follow(found.get(), started, ready);
  }

  private void restoreWithoutFiles(JsonNode reported) {
    int restarts = reported.path("restartCount").asInt(0);
    if (reported.path("state").has("running") || reported.path("state").has("terminated")) {
      restarts++;
    }
    state = new ContainerState(spec, restarts, state.now(), null, false, false, Instant.EPOCH);
  }

  /// After the machine or the runtime was stopped: starts over, with what it was counted on.
  void startOver() {
    state = state.next();
    state =
        new ContainerState(
            spec, state.attempt(), state.now(), state.previous(), false, false, Instant.EPOCH);
    failures = 0;
  }

  /// Starts it, or notes why that isn't possible.
  ///
  /// @param volumes folders by volume name
  void start(PodFacts facts, Map<String, Path> volumes) {
    state = state.next();
    var files = new ContainerFiles(folder, state.attempt());
    try {
      Preparation ready = Preparation.of(context, facts, spec.json(), files);
      preparation = ready;
      if (ready.command().isEmpty()) {
        throw new Preparation.Failure(
            "CreateContainerConfigError",
            "container %s names no command, and in the embedded mode there is no image \"%s\" that would: set command"
                .formatted(spec.name(), spec.image()));
      }
      prepareRoot(files, ready, volumes);
      launch(facts, files, ready, ready.command().get());
    } catch (Preparation.Failure e) {
      refuse(e.reason(), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      refuse("CreateContainerError", String.valueOf(e.getMessage()));
    }
  }

  private void refuse(String reason, String message) {
    boolean known =
        state.now() instanceof ContainerState.Waiting(var oldReason, var oldMessage)
            && oldReason.equals(reason)
            && oldMessage.equals(message);
    state = state.waiting(reason, message, context.clock().instant().plus(RETRY));
    if (!known) {
      boolean image = reason.equals("ErrImageNeverPull");
      pod.warn(image ? reason : "Failed", image ? message : "Error: " + message);
    }
  }

  private void prepareRoot(ContainerFiles files, Preparation ready, Map<String, Path> volumes)
      throws IOException {
    Trees.make(folder);
    Trees.delete(files.root());
    Trees.make(files.root());
    context.launcher().runAs().own(files.root());
    ready.mounts().link(files.root(), volumes, context.launcher().runAs());
    Path message = messageFile(files);
    if (!Files.exists(message)) {
      Trees.make(Trees.parent(message));
      Files.createFile(message);
      context.launcher().runAs().own(message);
    }
    History.forget(folder, state.attempt() - 2);
  }

  private void launch(PodFacts facts, ContainerFiles files, Preparation ready, List<String> command)
      throws IOException {
    Instant now = context.clock().instant();
    Optional<String> missing = ready.commands().missing(command, ready.environment());
    Files.deleteIfExists(files.log());
    if (missing.isPresent()) {
      openLog(files);
      var ended = new Ended(state.attempt(), 128, "StartError", missing.get(), now, now);
      new History(state.attempt(), now, ended).write(files);
      finish(ended);
      pod.warn(
          "Failed",
          "Error: failed to start container \"%s\": %s".formatted(spec.name(), missing.get()));
      return;
    }
    pod.say("Pulled", "Container image \"%s\" already present on machine".formatted(spec.image()));
    new History(state.attempt(), now, null).write(files);
    boolean tty = spec.json().path("tty").asBoolean();
    Terminal terminal = tty ? Terminal.open(context.launcher().runAs()) : null;
    ContainerProcess started =
        context
            .launcher()
            .start(
                new Launch(
                    files,
                    pod.folder().hosts(),
                    Hosts.hostname(facts.pod()),
                    ready.folder(),
                    command,
                    ready.environment(),
                    spec.json().path("stdin").asBoolean() && !tty,
                    terminal == null ? null : terminal.device()));
    openLog(files);
    pipes.open(started, terminal, files.log());
    pod.say("Created", "Created container: " + spec.name());
    pod.say("Started", "Started container " + spec.name());
    state = state.running(now);
    follow(started, false, false);
    Hooks.postStart(this, facts, pod);
  }

  private void follow(ContainerProcess running, boolean started, boolean ready) {
    process = running;
    stopper = null;
    state = state.probed(started, ready);
    prober = new Prober(spec.json(), pod.ip(), new Subject(this, pod, running), started, ready);
    running.exit().thenAccept(exit -> pod.post(() -> ended(running, exit)));
  }

  private void ended(ContainerProcess which, ContainerProcess.Exit exit) {
    if (process == which && state.isRunning()) {
      exited(exit);
    }
  }

  private void exited(ContainerProcess.Exit exit) {
    if (prober != null) {
      prober.close();
    }
    pipes.close();
    Instant now = context.clock().instant();
    Instant since = state.now() instanceof Running(var start) ? start : now;
    String reason =
        exit.code() == 0 ? "Completed" : exit.known() ? "Error" : "ContainerStatusUnknown";
    var ended = new Ended(state.attempt(), exit.code(), reason, message(exit), since, now);
    try {
      new History(state.attempt(), since, ended).write(new ContainerFiles(folder, state.attempt()));
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("container", spec.name()).setCause(e).log("end not recorded");
    }
    finish(ended);
  }

  private void finish(Ended ended) {
    endLog();
    Backoff backoff = context.backoff();
    if (backoff.forgives(Duration.between(ended.started(), ended.finished()))) {
      failures = 0;
    }
    Duration delay = backoff.delay(failures++);
    state = state.ended(ended, ended.finished().plus(delay));
    if (!delay.isZero() && pod.restarts(state)) {
      pod.warn(
          "BackOff",
          "Back-off restarting failed container %s in pod %s".formatted(spec.name(), pod.title()));
    }
  }

  private String message(ContainerProcess.Exit exit) {
    try {
      Path file = messageFile(new ContainerFiles(folder, state.attempt()));
      if (context.launcher().runAs().owns(file) && Files.size(file) > 0) {
        try (var said = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
          return new String(said.readNBytes(MESSAGE_BYTES), StandardCharsets.UTF_8);
        }
      }
      boolean fromLog =
          spec.json().path("terminationMessagePolicy").asText().equals("FallbackToLogsOnError");
      ContainerLog current = log;
      return fromLog && exit.code() != 0 && current != null
          ? current.lastText(LOG_MESSAGE_BYTES, LOG_MESSAGE_LINES)
          : "";
    } catch (IOException e) {
      return "";
    }
  }

  private Path messageFile(ContainerFiles files) {
    String path = spec.json().path("terminationMessagePath").asText("/dev/termination-log");
    return files.root().resolve(path.replaceFirst("^/+", ""));
  }

  /// Ends it: asks, waits, kills. Called again, it only can make the wait shorter.
  void stop(Duration grace, PodFacts facts, String why) {
    ContainerProcess running = process;
    if (running == null || !state.isRunning()) {
      return;
    }
    if (stopper == null) {
      pod.say("Killing", why);
      stopper = new Stopper(running, grace, () -> Hooks.preStop(this, facts, grace));
    } else {
      stopper.within(grace);
    }
  }

  /// What probes found out.
  void probed(ContainerProcess which, boolean started, boolean ready) {
    if (process == which && state.isRunning()) {
      state = state.probed(started, ready);
    }
  }

  private void openLog(ContainerFiles files) throws IOException {
    log = new ContainerLog(files.log(), context.clock(), PodContext.LOG_BYTES);
    if (!watched) {
      pod.watch(folder, this::look);
      watched = true;
    }
  }

  private void look() {
    ContainerLog current = log;
    if (current != null) {
      current.look();
    }
    process().ifPresent(ContainerProcess::look);
  }

  private void endLog() {
    ContainerLog current = log;
    if (current != null) {
      current.end();
    }
  }

  /// Lets go of it without ending it.
  void detach() {
    if (prober != null) {
      prober.close();
    }
    pipes.close();
  }

  PodWorker pod() {
    return pod;
  }

  Launcher launcher() {
    return context.launcher();
  }
}
