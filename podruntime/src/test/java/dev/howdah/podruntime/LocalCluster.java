// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.pod.Backoff;
import dev.howdah.podruntime.pod.Images;
import dev.howdah.podruntime.volume.Trees;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/// The embedded API server and the process runtime, for tests.
final class LocalCluster implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Map<String, Resource> KINDS =
      Map.ofEntries(
          Map.entry("Pod", Resource.PODS),
          Map.entry("Service", Resource.SERVICES),
          Map.entry("Secret", Resource.SECRETS),
          Map.entry("ConfigMap", Resource.CONFIG_MAPS),
          Map.entry("Namespace", Resource.NAMESPACES),
          Map.entry("PersistentVolumeClaim", Resource.PERSISTENT_VOLUME_CLAIMS),
          Map.entry("Job", Resource.JOBS),
          Map.entry("CronJob", new Resource("batch", "v1", "cronjobs", "CronJob", true)),
          Map.entry("Deployment", new Resource("apps", "v1", "deployments", "Deployment", true)),
          Map.entry("NetworkPolicy", Limitations.NETWORK_POLICIES));

  private final Path folder;
  private final LatePodBackend backend = new LatePodBackend();
  private final ApiServer server;
  private final String network;
  final KubeClient client;
  PodRuntime runtime;
  private final boolean isolate;

  LocalCluster() throws Exception {
    this(newFolder(), ThreadLocalRandom.current().nextInt(30));
  }

  static Path newFolder() throws IOException {
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "hw");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }

  /// A cluster that may have run before.
  ///
  /// @param range which addresses it uses, 0 to 29
  LocalCluster(Path folder, int range) throws Exception {
    this(folder, range, true);
  }

  /// @param isolate whether pods get namespaces
  LocalCluster(Path folder, int range, boolean isolate) throws Exception {
    this.folder = folder;
    this.isolate = isolate;
    network = "127." + (130 + range);
    String services = "127.%d.0.0/24".formatted(97 + range);
    server =
        ApiServer.start(
            new ApiServer.Settings(folder.resolve("api"), "127.0.0.1", 0, services),
            List.of(),
            backend);
    Path kubeconfig = folder.resolve("kubeconfig");
    server.writeKubeconfig(kubeconfig);
    client = new KubeClient(KubeSettings.fromKubeconfig(kubeconfig)).deadline(DEADLINE);
    startRuntime();
  }

  /// Runs a cluster in a process of its own, which somebody will kill.
  ///
  /// @param arguments folder and range
  public static void main(String[] arguments) throws Exception {
    var cluster = new LocalCluster(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
    System.out.println("ready " + cluster.runtime.user());
    Thread.currentThread().join();
  }

  Path home() {
    return folder.resolve("h");
  }

  Path kubeconfig() {
    return folder.resolve("kubeconfig");
  }

  Settings settings() {
    return new Settings(
        home(),
        server.uri(),
        new Images(
            Map.of("/manager", Path.of("/bin/echo")),
            major ->
                Optional.of(Path.of("/usr/lib/postgresql/15/bin"))
                    .filter(path -> (major == 15 || major == 0) && Files.isDirectory(path))),
        network,
        isolate,
        5,
        new Backoff(Duration.ofMillis(200), Duration.ofSeconds(2)),
        new Settings.Stop(Duration.ofSeconds(5), pod -> Json.label(pod, "stop").equals("last")));
  }

  void startRuntime() throws Exception {
    runtime = PodRuntime.start(settings(), client);
    backend.bind(runtime);
  }

  static ObjectNode yaml(String text) {
    try {
      return (ObjectNode) YAML.readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /// Creates the objects of a YAML text, parted by `---`, in namespace default unless they say
  /// otherwise.
  void apply(String text) {
    for (String part : text.split("(?m)^---$")) {
      ObjectNode object = yaml(part);
      Resource resource = KINDS.get(object.path("kind").asText());
      if (resource.namespaced() && Json.namespace(object).isEmpty()) {
        object.withObject("/metadata").put("namespace", "default");
      }
      client.create(resource, object);
    }
  }

  Optional<ObjectNode> find(Resource resource, String name) {
    return client.find(resource, resource.namespaced() ? "default" : "", name);
  }

  ObjectNode pod(String name) {
    return client.get(Resource.PODS, "default", name);
  }

  /// Waits until an object is as wanted; says what it was like when it never got so.
  ObjectNode await(Resource resource, String name, Predicate<JsonNode> wanted) {
    var last = new ArrayList<ObjectNode>();
    try {
      Awaitility.await()
          .atMost(DEADLINE)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> {
            Optional<ObjectNode> found = find(resource, name);
            last.clear();
            found.ifPresent(last::add);
            return found.filter(wanted).isPresent();
          });
    } catch (RuntimeException e) {
      throw new AssertionError(
          "%s %s was: %s; events: %s".formatted(resource.kind(), name, last, events()), e);
    }
    return last.getFirst();
  }

  void awaitGone(Resource resource, String name) {
    Awaitility.await()
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> find(resource, name).isEmpty());
  }

  ObjectNode awaitPhase(String pod, String phase) {
    return await(Resource.PODS, pod, p -> p.path("status").path("phase").asText().equals(phase));
  }

  ObjectNode awaitReady(String pod) {
    return await(Resource.PODS, pod, p -> condition(p, "Ready").equals("True"));
  }

  static String condition(JsonNode object, String type) {
    for (JsonNode condition : object.path("status").path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText();
      }
    }
    return "";
  }

  List<String> events() {
    return client.list(Resource.EVENTS, "", dev.howdah.kube.Selection.ALL).items().stream()
        .map(e ->
            e.path("involvedObject").path("name").asText()
                + " "
                + e.path("reason").asText()
                + ": "
                + e.path("message").asText())
        .toList();
  }

  void awaitEvent(String start) {
    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(() ->
            org.assertj.core.api.Assertions.assertThat(events())
                .anyMatch(event -> event.startsWith(start)));
  }

  void delete(Resource resource, String name) {
    try {
      client.delete(resource, "default", name, dev.howdah.kube.DeleteOptions.DEFAULT);
    } catch (KubeException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  /// The log of a pod's first container, asked for over the API.
  String log(String pod, Map<String, String> parameters) throws IOException {
    try (var in = client.log("default", pod, "", parameters)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// Waits until a pod has printed exactly this: ready doesn't mean that it has said anything yet.
  void awaitLog(String pod, String text) {
    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(
            () -> org.assertj.core.api.Assertions.assertThat(log(pod, Map.of())).isEqualTo(text));
  }

  /// Runs a shell command in a pod's first container; output and error output together.
  String sh(String pod, String command) throws Exception {
    ObjectNode object = pod(pod);
    String container = object.path("spec").path("containers").path(0).path("name").asText();
    var out = new ByteArrayOutputStream();
    runtime.exec(
        new dev.howdah.apiserver.PodBackend.Pod("default", pod, Json.uid(object)),
        new dev.howdah.apiserver.PodBackend.ExecRequest(
            container, List.of("sh", "-c", command), false),
        new dev.howdah.apiserver.PodBackend.Streams(null, out, out, new LinkedBlockingQueue<>()));
    return out.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws Exception {
    runtime.close();
    client.close();
    server.close();
    Trees.delete(folder);
  }
}
