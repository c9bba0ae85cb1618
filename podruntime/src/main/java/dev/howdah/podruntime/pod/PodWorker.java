// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.pod.ContainerState.Ended;
import dev.howdah.podruntime.probe.Probe;
import dev.howdah.podruntime.process.ContainerProcess;
import dev.howdah.podruntime.volume.PodFacts;
import dev.howdah.podruntime.volume.PodVolumes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs one pod, from the moment a node has it to the moment its last process is gone.
///
/// One thread per pod; everything that happens is put into its mailbox, and after each handful it
/// decides anew what to do ([PodPlan]) and tells the API server what it sees ([PodStatus]).
final class PodWorker {
  private static final Logger LOG = LoggerFactory.getLogger(PodWorker.class);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final PodContext context;
  private final Pods pods;
  private final Key key;
  private final String uid;
  private final Thread thread;
  private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();
  private final List<AutoCloseable> watches = new ArrayList<>();
  private final PodPrograms programs = new PodPrograms(this);
  private volatile ObjectNode pod;
  private volatile List<Container> containers = List.of();
  private volatile @Nullable PodFolder folder;
  private volatile boolean gone;
  private volatile boolean closing;
  private volatile boolean detached;
  private final StatusReport report;
  private @Nullable MountedVolumes volumes;
  private String lastComplaint = "";
  private boolean prepared;
  private boolean begun;
  private boolean terminal;
  private boolean finished;
  private String over = "";
  private String overMessage = "";
  private Instant start = Instant.EPOCH;
  private final GracePeriod gracePeriod = new GracePeriod();

  PodWorker(PodContext context, Pods pods, ObjectNode pod) {
    this.context = context;
    this.pods = pods;
    this.pod = pod;
    this.key = Key.of(pod);
    this.uid = Json.uid(pod);
    this.report = new StatusReport(context, key, uid);
    this.thread = Thread.ofVirtual().name("pod-" + key).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  Key key() {
    return key;
  }

  String uid() {
    return uid;
  }

  ObjectNode pod() {
    return pod;
  }

  /// `name_namespace(uid)`, as kubelet's messages have it.
  String title() {
    return "%s_%s(%s)".formatted(key.name(), key.namespace(), uid);
  }

  PodFolder folder() {
    PodFolder known = folder;
    if (known == null) {
      throw new IllegalStateException("pod %s has no folder yet".formatted(key));
    }
    return known;
  }

  /// Its address; empty before it has one.
  String ip() {
    PodFolder known = folder;
    return known == null ? "" : known.ip();
  }

  PodFacts facts() {
    return new PodFacts(pod, ip(), Pods.HOST_IP);
  }

  PodPrograms programs() {
    return programs;
  }

  Optional<Container> container(String name) {
    return containers.stream().filter(each -> each.spec().name().equals(name)).findFirst();
  }

  /// Whether any process of it may run.
  boolean hasProcesses() {
    return containers.stream().anyMatch(each -> each.process().isPresent());
  }

  /// Whether it is on its way out.
  boolean isLeaving() {
    return gone || pod.path("metadata").has("deletionTimestamp");
  }

  // ---- what happens to it

  /// Has something done on the pod's thread, and everything looked at after it.
  void post(Runnable task) {
    mailbox.add(task);
  }

  /// There is a newer version of the object.
  void update(ObjectNode newer) {
    pod = newer;
    post(() -> {});
  }

  /// The object is gone from the API server.
  void gone() {
    gone = true;
    post(() -> {});
  }

  /// Something its volumes or hosts are made of has changed.
  void sourcesChanged() {
    post(() -> {
      if (volumes != null) {
        volumes.expire();
      }
      writeHosts();
    });
  }

  /// The runtime closes: its processes end, the object stays as it is.
  void close(Duration grace) {
    post(() -> {
      gracePeriod.limit(grace);
      closing = true;
    });
  }

  /// The runtime leaves: processes go on without it.
  void detach() {
    post(() -> {
      detached = true;
      containers.forEach(Container::detach);
    });
  }

  boolean join(Duration deadline) throws InterruptedException {
    return thread.join(deadline);
  }

  // ---- what it does

  private void run() {
    try {
      Instant next;
      while (!finished && !detached) {
        next = once();
        if (!finished) {
          await(next);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      watches.forEach(PodWorker::closeQuietly);
      if (!detached) {
        pods.finished(this);
      }
    }
  }

  private Instant once() {
    try {
      if (!prepared) {
        begin();
      }
      return pass();
    } catch (KubeException e) {
      LOG.atInfo()
          .addKeyValue("pod", key)
          .addKeyValue("error", e.getMessage())
          .log("the API server did not take a pod's state, trying again");
      return context.clock().instant().plus(RETRY);
    } catch (IOException e) {
      complain("FailedCreatePodSandBox", String.valueOf(e.getMessage()));
      return context.clock().instant().plus(RETRY);
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("pod", key).setCause(e).log("pod not handled");
      return context.clock().instant().plus(RETRY);
    }
  }

  private void await(Instant next) throws InterruptedException {
    Duration wait = Duration.between(context.clock().instant(), next);
    Runnable task =
        next.equals(Instant.MAX)
            ? mailbox.take()
            : mailbox.poll(Math.max(0, wait.toMillis()), TimeUnit.MILLISECONDS);
    while (task != null) {
      task.run();
      task = mailbox.poll();
    }
  }

  /// Makes the folder, or finds the one that is there with what runs in it.
  private void begin() throws IOException {
    Optional<PodFolder> existing = pods.folderOf(uid);
    if (existing.isEmpty() && gone) {
      finished = true;
      return;
    }
    PodFolder mine = folder != null ? folder : existing.orElse(null);
    if (mine == null) {
      mine = PodFolder.create(context.home(), key, uid, pods.takeAddress(pod));
    }
    folder = mine;
    pods.holdAddress(key, mine.ip());
    volumes = new MountedVolumes(newVolumes(mine.path()));
    JsonNode status = pod.path("status");
    String reported = status.path("startTime").asText("");
    start = reported.isEmpty() ? context.clock().instant() : Instant.parse(reported);
    String phase = status.path("phase").asText("");
    terminal = phase.equals("Succeeded") || phase.equals("Failed");
    writeHosts();
    var list = new ArrayList<Container>();
    for (ContainerSpec spec : ContainerSpec.of(pod)) {
      list.add(new Container(context, this, spec, mine.container(spec.name())));
    }
    containers = List.copyOf(list);
    if (existing.isPresent() || status.has("containerStatuses")) {
      begun = Restoration.restore(list, status, RestartPolicy.of(pod), terminal);
    }
    prepared = true;
  }

  private PodVolumes newVolumes(Path path) {
    var mirrors = context.mirrors();
    return new PodVolumes(
        path,
        context.launcher().runAs(),
        new PodVolumes.Sources(
            mirrors.configMaps,
            mirrors.secrets,
            mirrors.claims,
            mirrors.volumes,
            context.tokens()));
  }

  private Instant pass() throws IOException {
    if (finished) {
      return Instant.MAX;
    }
    Instant now = context.clock().instant();
    Instant next = checkDeadline(now);
    boolean stopping = closing || terminal || !over.isEmpty() || isLeaving();
    if (!stopping) {
      next = earlier(next, mount(now));
    }
    PodPlan plan = PodPlan.decide(view(stopping, now));
    if (stopping || (volumes != null && volumes.isMounted())) {
      plan.actions().forEach(action -> act(action, now));
      next = earlier(next, plan.lookAgain());
    }
    PodPlan.View after = view(stopping, context.clock().instant());
    boolean allEnded = stopping && !hasProcesses() && after.isOver();
    if (closing && allEnded) {
      finished = true;
      return Instant.MAX;
    }
    if (!gone && !closing) {
      publish(after);
    }
    if (allEnded && isLeaving()) {
      finish();
    }
    // A start that was refused or failed at once has to be planned anew.
    boolean again = plan.actions().stream().anyMatch(PodPlan.Action.Start.class::isInstance);
    return again && !finished ? earlier(next, soon(after)) : next;
  }

  private Instant soon(PodPlan.View view) {
    PodPlan following = PodPlan.decide(view);
    return following.actions().isEmpty() ? following.lookAgain() : view.now();
  }

  private PodPlan.View view(boolean stopping, Instant now) {
    return new PodPlan.View(
        RestartPolicy.of(pod),
        containers.stream().map(Container::state).toList(),
        begun,
        stopping,
        now);
  }

  private Instant checkDeadline(Instant now) {
    JsonNode seconds = pod.path("spec").path("activeDeadlineSeconds");
    if (!seconds.isNumber() || terminal || !over.isEmpty()) {
      return Instant.MAX;
    }
    Instant end = start.plusSeconds(seconds.asLong());
    if (now.isBefore(end)) {
      return end;
    }
    over = "DeadlineExceeded";
    overMessage = "Pod was active on the node longer than the specified deadline";
    return Instant.MAX;
  }

  /// Brings the volumes up to date; returns when they have to be looked at again.
  private Instant mount(Instant now) throws IOException {
    MountedVolumes mine = volumes;
    if (mine == null) {
      return now;
    }
    Optional<String> trouble = mine.update(facts(), now, () -> pods.claimBlocker(this));
    if (trouble.isPresent()) {
      complain("FailedMount", trouble.get());
    } else if (mine.isMounted()) {
      lastComplaint = "";
    }
    return mine.due();
  }

  private void act(PodPlan.Action action, Instant now) {
    Container container = container(action.container()).orElseThrow();
    switch (action) {
      case PodPlan.Action.Start _ -> {
        begun |= container.spec().kind() == ContainerSpec.Kind.MAIN;
        container.start(facts(), volumes == null ? Map.of() : volumes.folders());
      }
      case PodPlan.Action.Stop _ ->
          container.stop(
              gracePeriod.left(pod, gone, now),
              facts(),
              "Stopping container " + container.spec().name());
    }
  }

  /// Ends a container whose probe failed too often.
  void endUnhealthy(Container container, ContainerProcess process, Probe probe) {
    if (container.process().filter(running -> running == process).isEmpty() || isLeaving()) {
      return;
    }
    container.stop(
        probe.grace().isPresent()
            ? Duration.ofSeconds(probe.grace().getAsInt())
            : GracePeriod.of(pod),
        facts(),
        "Container %s failed %s probe, will be restarted"
            .formatted(
                container.spec().name(), probe.kind().title().toLowerCase(java.util.Locale.ROOT)));
  }

  private void publish(PodPlan.View view) {
    if (terminal && !report.hasTold() && !isLeaving()) {
      return; // it was final before this runtime began
    }
    boolean mounted = volumes != null && volumes.isMounted();
    ObjectNode status =
        PodStatus.of(
            new PodStatus.Facts(pod, view, ip(), Pods.HOST_IP, start, mounted, over, overMessage));
    switch (report.tell(pod, status)) {
      case TOLD -> {
        String phase = status.path("phase").asText();
        terminal |= phase.equals("Succeeded") || phase.equals("Failed");
      }
      case REFUSED -> pods.verify(this);
    }
  }

  /// All processes have ended: takes the pod away.
  private void finish() throws IOException {
    MountedVolumes mine = volumes;
    if (mine != null) {
      mine.remove(uid);
    }
    watches.forEach(PodWorker::closeQuietly);
    folder().delete();
    pods.releaseAddress(key, ip());
    finished = true;
    if (gone) {
      return;
    }
    try {
      context
          .client()
          .delete(
              Resource.PODS,
              key.namespace(),
              key.name(),
              DeleteOptions.ofUid(uid).gracePeriod(Duration.ZERO));
    } catch (KubeException e) {
      if (!e.isNotFound() && !e.isConflict()) {
        finished = false;
        throw e;
      }
    }
  }

  private void writeHosts() {
    PodFolder mine = folder;
    if (mine != null && !finished) {
      try {
        Hosts.write(mine.hosts(), pods.hosts(pod, mine.ip()));
      } catch (IOException e) {
        LOG.atWarn().addKeyValue("pod", key).setCause(e).log("hosts file not written");
      }
    }
  }

  // ---- for its containers

  boolean restarts(ContainerState state) {
    return !closing
        && !isLeaving()
        && state.now() instanceof Ended ended
        && (state.spec().kind() == ContainerSpec.Kind.SIDECAR
            || RestartPolicy.of(pod).restarts(ended.exitCode()));
  }

  void say(String reason, String message) {
    context.events().normal(pod, reason, message);
  }

  void warn(String reason, String message) {
    context.events().warning(pod, reason, message);
  }

  /// Warns once about each new trouble, not at each try.
  private void complain(String reason, String message) {
    if (!message.equals(lastComplaint)) {
      lastComplaint = message;
      warn(reason, message);
    }
  }

  void watch(Path path, Runnable listener) throws IOException {
    watches.add(context.folders().watch(path, listener));
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static void closeQuietly(AutoCloseable watch) {
    try {
      watch.close();
    } catch (Exception e) {
      LOG.atTrace().setCause(e).log("closing");
    }
  }
}
