// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.User;
import dev.howdah.apiserver.write.Call;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.FakeMachine;
import dev.howdah.operator.tree.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// Measures the operator, as its image has it, with many Clusters of three stub instances: memory,
/// processor time at rest, and what it writes to the API server when nothing changes. The instances
/// answer over TLS and renew their Leases every two seconds; nothing else runs.
///
/// `bench/run operator-scale [CLUSTERS]...`, 1, 50 and 200 by default; `--rest SECONDS` how long
/// each of the two rests lasts.
public final class OperatorScale {
  private static final String SYSTEM = "howdah-system";
  private static final String ACCOUNT = "howdah-operator";
  private static final String NAMESPACE = "scale";
  private static final User INSTANCES = User.of("stub-instances", User.MASTERS);
  private static final int BLOCK = 240;
  private static final Duration RENEWAL = Duration.ofSeconds(2);
  private static final Duration LONGEST = Duration.ofMinutes(8);
  private static final double WRITES_GOAL = 0;
  private static final double GROWTH_GOAL = 300;

  /// @param writes of the operator in a minute, other than of its own Lease
  private record Found(int clusters, MemoryUse memory, double writes) {}

  private final int clusters;
  private final Duration rest;
  private final WriteCount writes = new WriteCount();

  private OperatorScale(int clusters, Duration rest) {
    this.clusters = clusters;
    this.rest = rest;
  }

  public static void main(String[] args) throws Exception {
    var words = new ArrayList<>(List.of(args));
    var rest = Duration.ofSeconds(60);
    int at = words.indexOf("--rest");
    if (at >= 0) {
      rest = Duration.ofSeconds(Integer.parseInt(words.get(at + 1)));
      words.subList(at, at + 2).clear();
    }
    int[] sizes =
        words.isEmpty()
            ? new int[] {1, 50, 200}
            : words.stream().mapToInt(Integer::parseInt).toArray();
    var found = new ArrayList<Found>();
    for (int size : Arrays.stream(sizes).sorted().toArray()) {
      found.add(new OperatorScale(size, rest).run());
    }
    for (var one : found) {
      System.out.println(
          Figures.against(
              one.clusters + " Clusters: the operator's writes per Cluster and minute at rest",
              one.writes / one.clusters,
              WRITES_GOAL,
              ""));
    }
    var least = found.getFirst();
    var most = found.getLast();
    if (most.clusters > least.clusters) {
      double growth =
          (double) (most.memory.anonymous() - least.memory.anonymous())
              / (most.clusters - least.clusters);
      System.out.println(
          Figures.against("anonymous memory per further Cluster", growth, GROWTH_GOAL, "KB"));
    }
    System.exit(0); // the stub endpoints' threads aren't waited for
  }

  private Found run() throws Exception {
    var home = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-scale");
    try (var api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(writes),
            PodBackend.none())) {
      api.writeKubeconfig(home.resolve("admin"));
      api.writeKubeconfig(home.resolve("instances"), INSTANCES, NAMESPACE);
      api.writeKubeconfig(home.resolve("operator"), User.serviceAccount(SYSTEM, ACCOUNT), SYSTEM);
      try (var admin = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")));
          var instances = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("instances")));
          var machine = new FakeMachine(instances, BLOCK)) {
        install(admin);
        machine.renew(RENEWAL);
        try (var operator = ScaleOperator.start(home, home.resolve("operator"), SYSTEM)) {
          return measure(admin, operator);
        }
      }
    } finally {
      delete(home);
    }
  }

  private Found measure(KubeClient admin, ScaleOperator operator) throws Exception {
    long begun = System.nanoTime();
    for (int i = 1; i <= clusters; i++) {
      admin.create(Resource.CLUSTERS, cluster("c" + i));
    }
    awaitHealthy(admin, operator);
    say(
        "all healthy after %.1f s; processor time of the operator until then %.1f s",
        (System.nanoTime() - begun) / 1e9, seconds(operator.cpu()));
    Thread.sleep(rest);
    operator.check();
    var collections = operator.collections();
    say("after %d s of rest: %s; %s", rest.toSeconds(), operator.memory(), collections);
    writes.begin();
    var cpu = operator.cpu();
    Thread.sleep(rest);
    operator.check();
    var counted = writes.end();
    double busy = seconds(operator.cpu().minus(cpu));
    var memory = operator.memory();
    say(
        "after %d s more: %s; %s meanwhile",
        rest.toSeconds(), memory, operator.collections().since(collections));
    say("processor time of the operator per minute at rest: %.2f s", busy / minutes());
    counted.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(e -> say("writes in %d s: %5d %s", rest.toSeconds(), e.getValue(), e.getKey()));
    awaitHealthy(admin, operator); // still
    return new Found(clusters, memory, needless(counted) / minutes());
  }

  private double minutes() {
    return rest.toMillis() / 60_000.0;
  }

  /// All but what the stub instances and the API server's own controllers write, and the operator's
  /// own Lease.
  private static int needless(Map<String, Integer> counted) {
    return counted.entrySet().stream()
        .filter(e -> !e.getKey().startsWith(INSTANCES.name() + " "))
        .filter(e -> !e.getKey().startsWith(Call.CONTROLLERS.name() + " "))
        .filter(e -> !e.getKey().endsWith("UPDATE leases in " + SYSTEM))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  private void awaitHealthy(KubeClient admin, ScaleOperator operator) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (true) {
      operator.check();
      var all = admin.list(Resource.CLUSTERS, NAMESPACE, Selection.ALL).items();
      var left = all.stream().filter(c -> !isHealthy(c)).toList();
      if (left.isEmpty()) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "%d of %d Clusters aren't healthy after %d s, such as %s: %s"
                .formatted(
                    left.size(),
                    clusters,
                    LONGEST.toSeconds(),
                    Json.name(left.getFirst()),
                    left.getFirst().path("status").path("phase").asText()));
      }
      Thread.sleep(1000);
    }
  }

  private static boolean isHealthy(ObjectNode cluster) {
    var status = cluster.path("status");
    return status.path("phase").asText().equals("Cluster in healthy state")
        && status.path("readyInstances").asInt() == 3;
  }

  private static ObjectNode cluster(String name) {
    ObjectNode cluster = Json.object(Resource.CLUSTERS, NAMESPACE, name);
    cluster.set(
        "spec",
        Tree.map(
            "instances",
            3,
            "imageName",
            "example.org/postgresql:17.2",
            "storage",
            Tree.map("size", "1Gi"),
            "bootstrap",
            Tree.map("initdb", Tree.map("database", "app", "owner", "app"))));
    return cluster;
  }

  private static void install(KubeClient admin) throws IOException {
    for (String namespace : List.of(SYSTEM, NAMESPACE)) {
      admin.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", namespace));
    }
    admin.create(
        Resource.SERVICE_ACCOUNTS, Json.object(Resource.SERVICE_ACCOUNTS, SYSTEM, ACCOUNT));
    var yaml = new YAMLMapper();
    try (var files = Files.list(Path.of("api/src/main/resources/crds"))) {
      for (Path file : files.toList()) {
        admin.create(Resource.CRDS, (ObjectNode) yaml.readTree(Files.readString(file)));
      }
    }
    var role = Path.of("operator/src/main/resources/rbac/operator-clusterrole.yaml").toFile();
    try (var documents =
        yaml.readerFor(ObjectNode.class)
            .<ObjectNode>readValues(new YAMLFactory().createParser(role))) {
      while (documents.hasNext()) {
        ObjectNode object = documents.next();
        String kind = object.path("kind").asText();
        String plural = kind.toLowerCase(Locale.ROOT) + "s";
        admin.create(new Resource("rbac.authorization.k8s.io", "v1", plural, kind, false), object);
      }
    }
  }

  private void say(String format, Object... values) {
    System.out.printf(
        Locale.ROOT, "%3d Clusters: %s%n", clusters, String.format(Locale.ROOT, format, values));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
