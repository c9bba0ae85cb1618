// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// A namespace of a test's own on the Kubernetes that KUBECONFIG names. It admits only pods of the
/// `restricted` standard, and is gone at the end.
public final class Scene implements AutoCloseable {
  private static final Duration SHORT = Duration.ofSeconds(60);
  private static final Duration GONE = Duration.ofSeconds(180);

  private final KubeClient client;
  private final String namespace;
  private boolean failed;

  private Scene(KubeClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /// Makes the namespace `e2e-NAME`, which must not be there yet.
  public static Scene open(String name) throws Exception {
    Scene scene = new Scene(connect(), "e2e-" + name);
    scene.kubectl("create", "namespace", scene.namespace);
    scene.kubectl(
        "label",
        "namespace",
        scene.namespace,
        "pod-security.kubernetes.io/enforce=restricted",
        "howdah.dev/e2e=true");
    return scene;
  }

  private static KubeClient connect() throws IOException, GeneralSecurityException {
    String file = System.getenv("KUBECONFIG");
    if (file == null || file.isEmpty()) {
      throw new IllegalStateException("KUBECONFIG is not set: name the kubeconfig to test with");
    }
    return new KubeClient(KubeSettings.fromKubeconfig(Path.of(file)));
  }

  /// For reading objects.
  public KubeClient client() {
    return client;
  }

  public String namespace() {
    return namespace;
  }

  /// Runs kubectl, which must succeed, and gives what it said.
  public String kubectl(String... words) throws IOException, InterruptedException {
    return succeed(attempt("", SHORT, words), words);
  }

  /// Runs kubectl in this namespace, which must succeed.
  public String inNamespace(String... words) throws IOException, InterruptedException {
    return kubectl(
        Stream.concat(Stream.of("-n", namespace), Stream.of(words)).toArray(String[]::new));
  }

  /// The same, however it ends.
  Programs.Ended attempt(String input, Duration deadline, String... words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kubectl"));
    command.addAll(List.of(words));
    return Programs.run(deadline, input, command);
  }

  private static String succeed(Programs.Ended ended, String... words) {
    if (ended.exit() != 0) {
      throw new AssertionError("kubectl %s: %s".formatted(List.of(words), ended.said()));
    }
    return ended.output().strip();
  }

  /// Applies a manifest, whose namespace is ours; gives the warnings and the outcome.
  public String apply(String manifest) throws IOException, InterruptedException {
    String[] words = {"-n", namespace, "apply", "-f", "-"};
    var ended = attempt(manifest, SHORT, words);
    succeed(ended, words);
    return ended.said();
  }

  /// What the API server says to a manifest that it must refuse.
  public String refused(String... patch) throws IOException, InterruptedException {
    var ended =
        attempt(
            "",
            SHORT,
            Stream.concat(Stream.of("-n", namespace), Stream.of(patch)).toArray(String[]::new));
    if (ended.exit() == 0) {
      throw new AssertionError("accepted, and should be refused: " + List.of(patch));
    }
    return ended.said();
  }

  /// Objects of a kind in this namespace.
  public List<ObjectNode> list(Resource resource, String labels) {
    return client
        .list(resource, namespace, labels.isEmpty() ? Selection.ALL : Selection.labels(labels))
        .items();
  }

  /// Waits until both operators are ready.
  void awaitOperators(Duration deadline) throws InterruptedException {
    Programs.await(
        "two operators",
        deadline,
        () ->
            kubectl(
                    "-n",
                    "howdah-system",
                    "get",
                    "deployment",
                    "howdah-operator",
                    "-o",
                    "jsonpath={.status.readyReplicas}")
                .equals("2"));
  }

  /// Keeps events, objects and logs below `target/e2e`, for who looks for the cause of a failure.
  public void keep(String step) {
    failed = true;
    Path folder = Path.of("target", "e2e", namespace, step);
    try {
      Files.createDirectories(folder);
      save(folder, "events.txt", "-n", namespace, "get", "events", "--sort-by=.lastTimestamp");
      save(
          folder,
          "objects.yaml",
          "-n",
          namespace,
          "get",
          "clusters.postgresql.cnpg.io,pods,pvc,jobs,leases,services,endpointslices,poddisruptionbudgets",
          "-o",
          "yaml");
      save(folder, "nodes.txt", "get", "nodes,pods", "-A", "-o", "wide");
      save(
          folder,
          "operator.log",
          "-n",
          "howdah-system",
          "logs",
          "-l",
          "app.kubernetes.io/name=howdah",
          "--tail=-1",
          "--prefix");
      for (ObjectNode pod : list(Resource.PODS, "")) {
        String name = pod.at("/metadata/name").asText();
        save(folder, name + ".log", "-n", namespace, "logs", name, "--all-containers");
        save(
            folder,
            name + ".previous.log",
            "-n",
            namespace,
            "logs",
            name,
            "--all-containers",
            "--previous");
      }
      System.err.println("e2e: what was there is kept in " + folder.toAbsolutePath());
    } catch (Exception e) {
      System.err.println("e2e: not everything could be kept: " + e);
    }
  }

  private void save(Path folder, String file, String... words)
      throws IOException, InterruptedException {
    Files.writeString(folder.resolve(file), attempt("", SHORT, words).said());
  }

  /// Whether a step failed.
  public boolean failed() {
    return failed;
  }

  /// Deletes the namespace and waits until it is gone. The Clusters go first: Kubernetes looks
  /// again at a namespace with pods in it only after half their termination grace period, 15
  /// minutes.
  @Override
  public void close() throws IOException, InterruptedException {
    try {
      attempt(
          "", SHORT, "-n", namespace, "delete", "pods", "-l", "!cnpg.io/cluster", "--wait=false");
      attempt("", SHORT, "-n", namespace, "delete", "clusters.postgresql.cnpg.io", "--all");
      Programs.await("no pod is left", GONE, () -> list(Resource.PODS, "").isEmpty());
      var deleted = attempt("", GONE, "delete", "namespace", namespace, "--wait=true");
      if (deleted.exit() != 0) {
        throw new AssertionError("the namespace is not gone: " + deleted.said());
      }
    } finally {
      client.close();
    }
  }
}
