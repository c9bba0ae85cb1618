// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import dev.howdah.apiserver.PodBackend;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.controller.CronJobs;
import dev.howdah.podruntime.controller.Deployments;
import dev.howdah.podruntime.controller.Jobs;
import dev.howdah.podruntime.controller.ReplicaSets;
import dev.howdah.podruntime.log.FolderWatch;
import dev.howdah.podruntime.node.Nodes;
import dev.howdah.podruntime.node.Scheduler;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirror;
import dev.howdah.podruntime.objects.Mirrors;
import dev.howdah.podruntime.objects.Reconciler;
import dev.howdah.podruntime.pod.PodContext;
import dev.howdah.podruntime.pod.PodServer;
import dev.howdah.podruntime.pod.Pods;
import dev.howdah.podruntime.process.Isolation;
import dev.howdah.podruntime.process.Launcher;
import dev.howdah.podruntime.process.RunAs;
import dev.howdah.podruntime.process.Tools;
import dev.howdah.podruntime.service.EndpointsWriter;
import dev.howdah.podruntime.service.Forwarder;
import dev.howdah.podruntime.service.ServiceRouter;
import dev.howdah.podruntime.volume.Claims;
import dev.howdah.podruntime.volume.Snapshots;
import dev.howdah.podruntime.volume.Tokens;
import dev.howdah.podruntime.volume.Trees;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The process runtime of the embedded mode: kubelet, scheduler, service proxy and the controllers
/// that pods need, for one machine without containers.
///
/// All it knows is in the API server and in its home folder; it can be killed at any time. Pods go
/// on without it, and the next one takes them over.
public final class PodRuntime implements PodBackend, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PodRuntime.class);
  private static final Duration PORT_RETRY = Duration.ofSeconds(5);
  private static final Duration SOON = Duration.ofMillis(20);

  /// What can begin before all collections are known.
  private static final Set<String> FIRST =
      Set.of("claims", "volumes", "storage-class", "scheduler", "hosts", "broken-services");

  private final Settings settings;
  private final KubeClient client;
  private final InstantSource clock = InstantSource.system();
  private final Mirrors mirrors = new Mirrors();
  private final Mirror networkPolicies = new Mirror(Limitations.NETWORK_POLICIES);
  private final Mirror snapshots = new Mirror(Resource.VOLUME_SNAPSHOTS);
  private final Map<String, Reconciler> reconcilers = new LinkedHashMap<>();
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Events events;
  private final Launcher launcher;
  private final Nodes nodes;
  private final Pods pods;
  private final PodServer server;
  private boolean closed;

  private PodRuntime(Settings settings, KubeClient client) throws IOException {
    this.settings = settings;
    this.client = client;
    Path home = Trees.make(settings.home());
    lock(home);
    RunAs runAs = RunAs.choose(System.getenv());
    runAs.checkReach(home);
    Tools tools = Tools.find();
    Isolation best = Isolation.detect(tools, runAs);
    this.launcher = new Launcher(tools, runAs, settings.isolate() ? best : Isolation.NONE, home);
    this.events = new Events(client, "local", clock);
    parts.push(events);
    this.nodes = new Nodes(client, mirrors.nodes, events.of("kubelet"), clock, home);
    var folders = new FolderWatch();
    parts.push(folders);
    this.pods =
        new Pods(
            new PodContext(
                client,
                mirrors,
                launcher,
                settings.images(),
                new Tokens(client, clock),
                events.of("kubelet"),
                folders,
                clock,
                home,
                environment(settings),
                settings.network(),
                settings.backoff()));
    this.server = pods.server();
  }

  /// Starts to run what the API server says, and takes over what an earlier runtime left.
  ///
  /// @param client may do everything
  /// @throws IOException saying what is missing or in the way
  public static PodRuntime start(Settings settings, KubeClient client)
      throws IOException, InterruptedException {
    var runtime = new PodRuntime(settings, client);
    try {
      runtime.begin();
      return runtime;
    } catch (IOException | InterruptedException | RuntimeException e) {
      runtime.detach();
      throw e;
    }
  }

  private void begin() throws IOException, InterruptedException {
    startServices();
    startClaims();
    startWorkloads();
    new Limitations(events.of("kubelet"), launcher.isolation())
        .follow(mirrors.pods, networkPolicies, mirrors.services);
    parts.push(mirrors);
    mirrors.startFirst(client);
    nodes.start();
    pods.start();
    FIRST.forEach(name -> reconciler(name).start());
    mirrors.startLater(client);
    networkPolicies.start(client);
    parts.push(networkPolicies);
    snapshots.start(client);
    parts.push(snapshots);
    reconcilers.forEach((name, reconciler) -> {
      if (!FIRST.contains(name)) {
        reconciler.start();
      }
    });
    LOG.atInfo()
        .addKeyValue("home", settings.home())
        .addKeyValue("run_as", launcher.runAs().user())
        .addKeyValue("isolation", launcher.isolation())
        .log("process runtime started");
  }

  private void startServices() throws IOException {
    var forwarder = new Forwarder();
    var reports = events.of("service-proxy");
    var router =
        new ServiceRouter(
            forwarder,
            mirrors.services,
            mirrors.pods,
            mirrors.endpoints,
            this::serviceChanged,
            (key, problem) -> {
              mirrors
                  .services
                  .find(key)
                  .ifPresent(service ->
                      reports.warning(service, "PortNotForwarded", portProblem(problem)));
              reconciler("broken-services").enqueue(key, PORT_RETRY);
            });
    parts.push(router);
    var writer =
        new EndpointsWriter(
            client, router, mirrors.services, mirrors.endpoints, mirrors.endpointSlices);
    add("endpoints", writer::reconcile);
    add(
        "broken-services",
        key -> {
          router.refresh(key);
          return Reconciler.DONE;
        });
    add(
        "hosts",
        _ -> {
          pods.everySourceChanged();
          return Reconciler.DONE;
        });
    mirrors.services.listen((before, after) -> {
      if (before == null || after == null || !before.path("spec").equals(after.path("spec"))) {
        reconciler("hosts").enqueue(new Key("", "hosts"), SOON);
      }
    });
  }

  private void serviceChanged(Key key) {
    reconciler("endpoints").enqueue(key);
    boolean headless =
        mirrors
            .services
            .find(key)
            .filter(service -> service.path("spec").path("clusterIP").asText().equals("None"))
            .isPresent();
    if (headless) {
      reconciler("hosts").enqueue(new Key("", "hosts"), SOON);
    }
  }

  private static String portProblem(Throwable problem) {
    String message = String.valueOf(problem.getMessage());
    if (problem instanceof BindException && message.contains("in use")) {
      return "a port of this Service is taken by another program on its cluster address, or on all"
          + " addresses (ss -ltnp shows it): "
          + message;
    }
    return "a port of this Service can't be listened on (ports below 1024 need root): " + message;
  }

  private void startClaims() throws IOException {
    Path volumes = Trees.make(settings.home().resolve("volumes"));
    var copies =
        new Snapshots(
            settings.home().resolve("snapshots"),
            client,
            snapshots,
            mirrors.claims,
            mirrors.volumes,
            clock);
    add("snapshots", copies::reconcile);
    add("snapshots-gone", copies::forget);
    add("snapshots-left", _ -> copies.sweep());
    reconciler("snapshots-left").enqueue(new Key("", "all"));
    follow(snapshots, "snapshots");
    snapshots.listen((before, after) -> {
      if (before != null && after == null) {
        reconciler("snapshots-gone").enqueue(new Key("", Json.uid(before)));
      }
    });
    var claims =
        new Claims(
            volumes,
            launcher.runAs(),
            new Claims.Context(
                client,
                mirrors.claims,
                mirrors.volumes,
                mirrors.storageClasses,
                copies,
                events.of("persistentvolume-controller"),
                pods::isBusy));
    add("claims", claims::reconcileClaim);
    add("volumes", claims::reconcileVolume);
    add(
        "storage-class",
        _ -> {
          claims.ensureDefaultClass();
          return Reconciler.DONE;
        });
    reconciler("storage-class").enqueue(new Key("", "default"));
    follow(mirrors.claims, "claims");
    follow(mirrors.volumes, "volumes");
    mirrors.claims.listen((before, after) -> {
      if (before != null && after == null) {
        String volume = before.path("spec").path("volumeName").asText("");
        reconciler("volumes").enqueue(new Key("", volume));
      }
    });
  }

  private void startWorkloads() {
    var scheduler =
        new Scheduler(
            client, mirrors, nodes, events.of("default-scheduler"), clock, settings.mostNodes());
    add("scheduler", scheduler::reconcile);
    follow(mirrors.pods, "scheduler");
    var jobs =
        new Jobs(client, mirrors, events.of("job-controller"), clock, settings.backoff().first());
    add("jobs", jobs::reconcile);
    follow(mirrors.jobs, "jobs");
    followOwner(mirrors.pods, "Job", "jobs");
    var cronJobs = new CronJobs(client, mirrors, events.of("cronjob-controller"), clock);
    add("cron-jobs", cronJobs::reconcile);
    follow(mirrors.cronJobs, "cron-jobs");
    followOwner(mirrors.jobs, "CronJob", "cron-jobs");
    var sets = new ReplicaSets(client, mirrors, events.of("replicaset-controller"), clock);
    add("replica-sets", sets::reconcile);
    follow(mirrors.replicaSets, "replica-sets");
    followOwner(mirrors.pods, "ReplicaSet", "replica-sets");
    var deployments = new Deployments(client, mirrors, events.of("deployment-controller"), clock);
    add("deployments", deployments::reconcile);
    follow(mirrors.deployments, "deployments");
    followOwner(mirrors.replicaSets, "Deployment", "deployments");
  }

  private void add(String name, Reconciler.Step step) {
    var reconciler = new Reconciler(name, step);
    reconcilers.put(name, reconciler);
    parts.push(reconciler);
  }

  private Reconciler reconciler(String name) {
    Reconciler found = reconcilers.get(name);
    if (found == null) {
      throw new IllegalStateException("no reconciler " + name);
    }
    return found;
  }

  private void follow(Mirror mirror, String name) {
    Reconciler target = reconciler(name);
    mirror.listen((before, after) -> {
      if (after != null) {
        target.enqueue(Key.of(after));
      } else if (before != null) {
        target.enqueue(Key.of(before));
      }
    });
  }

  /// Names the controlling owner of each object that changes.
  private void followOwner(Mirror mirror, String kind, String name) {
    Reconciler target = reconciler(name);
    mirror.listen((before, after) -> {
      var object = after != null ? after : before;
      if (object != null) {
        for (var owner : object.path("metadata").path("ownerReferences")) {
          if (owner.path("controller").asBoolean() && owner.path("kind").asText().equals(kind)) {
            target.enqueue(new Key(Key.of(object).namespace(), owner.path("name").asText()));
          }
        }
      }
    });
  }

  private static Map<String, String> environment(Settings settings) {
    URI api = settings.apiServer();
    String port = Integer.toString(api.getPort());
    Map<String, String> all = new HashMap<>();
    all.put("KUBERNETES_SERVICE_HOST", api.getHost());
    all.put("KUBERNETES_SERVICE_PORT", port);
    all.put("KUBERNETES_SERVICE_PORT_HTTPS", port);
    return all;
  }

  /// One runtime per home.
  private void lock(Path home) throws IOException {
    FileChannel channel =
        FileChannel.open(home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        parts.push(channel);
        return;
      }
    } catch (OverlappingFileLockException e) {
      LOG.atTrace().setCause(e).log("locked by this very process");
    }
    channel.close();
    throw new IOException(
        "%s is in use by another process runtime: stop that one, or choose another home folder"
            .formatted(home));
  }

  /// Whom pods run as.
  public String user() {
    return launcher.runAs().user();
  }

  /// The main process of each running container of a pod, as this machine numbers it.
  public Map<String, Long> processes(String namespace, String pod) {
    return pods.processes(namespace, pod);
  }

  @Override
  public void logs(Pod pod, LogRequest request, OutputStream out)
      throws IOException, InterruptedException {
    try {
      server.logs(
          target(pod, request.container()),
          request.previous(),
          new dev.howdah.podruntime.log.LogRequest(
              request.follow(),
              request.timestamps(),
              request.tailLines(),
              request.sinceTime(),
              request.limitBytes()),
          out);
    } catch (PodServer.Unavailable e) {
      throw new Refused(400, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public int exec(Pod pod, ExecRequest request, Streams streams)
      throws IOException, InterruptedException {
    try (var sizes = new Sizes(streams)) {
      return server.exec(
          target(pod, request.container()), request.command(), request.tty(), sizes.streams());
    } catch (PodServer.Unavailable e) {
      throw new Refused(400, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public int attach(Pod pod, AttachRequest request, Streams streams)
      throws IOException, InterruptedException {
    try (var sizes = new Sizes(streams)) {
      return server.attach(target(pod, request.container()), sizes.streams());
    } catch (PodServer.Unavailable e) {
      throw new Refused(400, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Connection connect(Pod pod, int port) throws IOException {
    try {
      Socket socket = server.connect(target(pod, ""), port);
      return new Connection() {
        @Override
        public InputStream input() throws IOException {
          return socket.getInputStream();
        }

        @Override
        public OutputStream output() throws IOException {
          return socket.getOutputStream();
        }

        @Override
        public void close() throws IOException {
          socket.close();
        }
      };
    } catch (PodServer.Unavailable e) {
      throw new Refused(400, String.valueOf(e.getMessage()));
    }
  }

  private static PodServer.Target target(Pod pod, String container) {
    return new PodServer.Target(pod.namespace(), pod.name(), pod.uid(), container);
  }

  /// Ends all pods' processes in good order; the objects stay, and the next start runs them again.
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      try {
        pods.close(settings.stop().grace(), settings.stop().last());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // what still runs is taken over by the next start
      }
      nodes.close();
      closeParts();
    }
  }

  /// Leaves, while the pods' processes go on: the next start takes them over.
  public synchronized void detach() {
    if (!closed) {
      closed = true;
      pods.detach();
      closeParts();
    }
  }

  private void closeParts() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.atWarn().setCause(e).log("part of the process runtime not closed");
      }
    }
  }
}
