// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.volume.PodVolumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All pods of this machine: a worker for each that a node has.
///
/// A later pod of the same name begins only when the last process of the earlier one is gone.
public final class Pods {
  private static final Logger LOG = LoggerFactory.getLogger(Pods.class);

  /// The address of all nodes.
  public static final String HOST_IP = "127.0.0.1";

  private static final int NETWORKS = 250;
  private static final Path MACHINE_HOSTS = Path.of("/etc/hosts");

  private final PodContext context;
  private final Addresses addresses;
  private final HostNames names;
  private final Map<Key, PodWorker> workers = new ConcurrentHashMap<>();
  private final Map<String, PodFolder> folders = new ConcurrentHashMap<>();
  private final Set<String> done = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  public Pods(PodContext context) throws IOException {
    this.context = context;
    this.addresses =
        new Addresses(context.home().resolve("addresses.json"), context.network(), NETWORKS);
    this.names = new HostNames(context.mirrors(), PodContext.DOMAIN);
  }

  /// Begins: ends what is left of pods that are gone, takes over the others.
  public void start() throws IOException, InterruptedException {
    Set<String> wanted = new HashSet<>();
    context.mirrors().pods.all().forEach(pod -> wanted.add(Json.uid(pod)));
    var leftovers = new ArrayList<PodFolder>();
    for (PodFolder folder : PodFolder.all(context.home())) {
      if (wanted.contains(folder.uid())) {
        folders.put(folder.uid(), folder);
        addresses.hold(folder.key(), folder.ip());
      } else {
        leftovers.add(folder);
      }
    }
    Leftovers.end(leftovers, context);
    context.mirrors().pods.listen(this::changed);
    context.mirrors().pods.all().forEach(pod -> changed(null, pod));
    context.mirrors().secrets.listen((before, after) -> sourceChanged(before, after));
    context.mirrors().configMaps.listen((before, after) -> sourceChanged(before, after));
    context.mirrors().claims.listen((before, after) -> sourceChanged(before, after));
    context.mirrors().volumes.listen((before, after) -> everySourceChanged());
  }

  private void changed(@Nullable ObjectNode before, @Nullable ObjectNode after) {
    lock.lock();
    try {
      if (after == null) {
        if (before != null) {
          done.remove(Json.uid(before));
          PodWorker worker = workers.get(Key.of(before));
          if (worker != null && worker.uid().equals(Json.uid(before))) {
            worker.gone();
          }
        }
        return;
      }
      boolean placed = !after.path("spec").path("nodeName").asText("").isEmpty();
      if (closed || !placed || done.contains(Json.uid(after))) {
        return;
      }
      PodWorker worker = workers.get(Key.of(after));
      if (worker == null) {
        begin(after);
      } else if (worker.uid().equals(Json.uid(after))) {
        worker.update(after);
      } else {
        worker.gone(); // the next one begins when this one has finished
      }
    } finally {
      lock.unlock();
    }
  }

  private void begin(ObjectNode pod) {
    var worker = new PodWorker(context, this, pod);
    workers.put(worker.key(), worker);
    worker.start();
  }

  void finished(PodWorker worker) {
    lock.lock();
    try {
      workers.remove(worker.key(), worker);
      folders.remove(worker.uid());
      if (!closed) {
        done.add(worker.uid());
        context.mirrors().pods.find(worker.key()).ifPresent(pod -> changed(null, pod));
      }
    } finally {
      lock.unlock();
    }
    if (worker.isLeaving()) {
      everySourceChanged(); // somebody may have waited for its volumes
    }
  }

  /// Asks the server whether a pod is still there, when it refuses to know it.
  void verify(PodWorker worker) {
    Optional<ObjectNode> pod =
        context.client().find(Resource.PODS, worker.key().namespace(), worker.key().name());
    if (pod.isEmpty() || !Json.uid(pod.get()).equals(worker.uid())) {
      worker.gone();
    }
  }

  private void sourceChanged(@Nullable ObjectNode before, @Nullable ObjectNode after) {
    ObjectNode object = after == null ? before : after;
    if (object == null || (before != null && after != null && sameContent(before, after))) {
      return;
    }
    for (PodWorker worker : workers.values()) {
      if (worker.key().namespace().equals(Json.namespace(object))) {
        worker.sourcesChanged();
      }
    }
  }

  private static boolean sameContent(ObjectNode before, ObjectNode after) {
    return before.path("data").equals(after.path("data"))
        && before.path("binaryData").equals(after.path("binaryData"))
        && before.path("spec").equals(after.path("spec"))
        && before.path("status").equals(after.path("status"));
  }

  /// Services or volumes have changed, which concern pods of any namespace.
  public void everySourceChanged() {
    workers.values().forEach(PodWorker::sourcesChanged);
  }

  // ---- for workers

  Optional<PodFolder> folderOf(String uid) {
    return Optional.ofNullable(folders.get(uid));
  }

  String takeAddress(ObjectNode pod) throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (JsonNode container : pod.path("spec").path("containers")) {
      for (JsonNode port : container.path("ports")) {
        if (port.path("protocol").asText("TCP").equals("TCP")) {
          ports.add(port.path("containerPort").asInt());
        }
      }
    }
    for (int port : ports) {
      if (!Addresses.canListen("127.0.0.1", port) && isTakenEverywhere(port)) {
        throw new IOException(
            "port %d is taken on all addresses of this machine by another program (ss -ltnp 'sport = :%d' shows it): stop that program, or let it listen on an address of its own"
                .formatted(port, port));
      }
    }
    Predicate<String> free =
        address -> ports.stream().allMatch(port -> Addresses.canListen(address, port));
    return addresses.take(Key.of(pod), free);
  }

  /// A program that listens on all addresses leaves none of a thousand.
  private boolean isTakenEverywhere(int port) {
    return !Addresses.canListen(context.network() + ".255.254", port)
        && !Addresses.canListen("127.255.255.253", port);
  }

  void holdAddress(Key key, String address) throws IOException {
    addresses.hold(key, address);
  }

  void releaseAddress(Key key, String address) {
    addresses.release(key, address);
  }

  String hosts(ObjectNode pod, String ip) throws IOException {
    String machine = Files.isReadable(MACHINE_HOSTS) ? Files.readString(MACHINE_HOSTS) : "";
    return names.text(pod, ip, machine);
  }

  /// Another pod on its way out whose processes still use one of this pod's claims.
  Optional<String> claimBlocker(PodWorker pod) {
    Set<String> wanted = PodVolumes.claims(pod.pod());
    for (PodWorker other : workers.values()) {
      if (other != pod
          && other.isLeaving()
          && other.hasProcesses()
          && other.key().namespace().equals(pod.key().namespace())) {
        for (String claim : PodVolumes.claims(other.pod())) {
          if (wanted.contains(claim)) {
            return Optional.of(
                "waiting for pod \"%s\", which is terminating, to let go of persistentvolumeclaim \"%s\""
                    .formatted(other.key().name(), claim));
          }
        }
      }
    }
    return Optional.empty();
  }

  // ---- for others

  /// Whether processes use a claim, wanted or not.
  public boolean isBusy(Key claim) {
    return workers.values().stream()
        .filter(worker -> worker.key().namespace().equals(claim.namespace()))
        .filter(PodWorker::hasProcesses)
        .anyMatch(worker -> PodVolumes.claims(worker.pod()).contains(claim.name()));
  }

  /// A pod that runs here, of this very UID.
  Optional<PodWorker> find(String namespace, String name, String uid) {
    return Optional.ofNullable(workers.get(new Key(namespace, name)))
        .filter(worker -> worker.uid().equals(uid));
  }

  /// What serves logs, exec and the like.
  public PodServer server() {
    return new PodServer(this);
  }

  /// The main processes of a pod's containers as this machine numbers them.
  public Map<String, Long> processes(String namespace, String name) {
    Map<String, Long> processes = new HashMap<>();
    PodWorker worker = workers.get(new Key(namespace, name));
    if (worker != null) {
      for (ContainerSpec spec : ContainerSpec.of(worker.pod())) {
        worker
            .container(spec.name())
            .flatMap(Container::process)
            .map(process -> process.mainPid())
            .ifPresent(pid -> pid.ifPresent(number -> processes.put(spec.name(), number)));
      }
    }
    return processes;
  }

  /// Ends the processes of all pods; their objects stay, and the next start runs them again.
  ///
  /// @param last which pods are ended only when all others have ended
  public void close(Duration grace, Predicate<JsonNode> last) throws InterruptedException {
    List<PodWorker> all = stopListening();
    for (boolean turn : new boolean[] {false, true}) {
      List<PodWorker> group =
          all.stream().filter(worker -> last.test(worker.pod()) == turn).toList();
      group.forEach(worker -> worker.close(grace));
      for (PodWorker worker : group) {
        if (!worker.join(grace.plusSeconds(10))) {
          LOG.atWarn().addKeyValue("pod", worker.key()).log("pod did not end in time");
        }
      }
    }
  }

  /// Lets go of all pods: their processes go on, and the next start takes them over.
  public void detach() {
    List<PodWorker> all = stopListening();
    all.forEach(PodWorker::detach);
    try {
      for (PodWorker worker : all) {
        worker.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<PodWorker> stopListening() {
    lock.lock();
    try {
      closed = true;
      return List.copyOf(workers.values());
    } finally {
      lock.unlock();
    }
  }
}
