// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A `howdah up` of a test's own, in a home of its own, driven by the real command in processes of
/// its own.
public final class EmbeddedHowdah implements AutoCloseable {
  /// How long any program may run.
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private static final Duration LATE = Duration.ofSeconds(10);

  /// How long its API server may take for an answer.
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private final Path launcher;
  private final Path home;
  private @Nullable KubeClient client;

  /// @param launcher the `howdah` script
  /// @param home an empty folder that the user who runs PostgreSQL may enter
  public EmbeddedHowdah(Path launcher, Path home) {
    this.launcher = launcher;
    this.home = home;
  }

  /// The same with a new home in a place that every user may enter.
  public static EmbeddedHowdah temporary(Path launcher) throws IOException {
    Path home = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-e2e");
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new EmbeddedHowdah(launcher, home);
  }

  /// What a command printed, both streams, and its exit code.
  public record Ran(int exit, String output) {}

  /// Runs `howdah` with these arguments and this home; what works on a Kubernetes works on its API
  /// server.
  public Ran howdah(String... arguments) throws IOException, InterruptedException {
    return howdah(_ -> {}, arguments);
  }

  /// The same; each line that it prints is handed on as it comes.
  public Ran howdah(Consumer<String> lines, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    if (List.of("up", "down", "status", "psql", "promote").contains(arguments[0])) {
      command.addAll(2, List.of("--home", home.toString()));
      return run(command, Map.of(), lines);
    }
    return run(command, Map.of("KUBECONFIG", home.resolve("kubeconfig").toString()), lines);
  }

  /// Runs the machine's kubectl against it.
  public Ran kubectl(String... arguments) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(List.of("kubectl", "--kubeconfig", home.resolve("kubeconfig").toString()));
    command.addAll(List.of(arguments));
    return run(command, Map.of());
  }

  /// Applies these manifests with the machine's kubectl.
  public Ran apply(String yaml) throws IOException, InterruptedException {
    Path file = Files.createTempFile("howdah-e2e", ".yaml");
    try {
      Files.writeString(file, yaml);
      return kubectl("apply", "-f", file.toString());
    } finally {
      Files.delete(file);
    }
  }

  /// Runs SQL with psql in an instance's pod, as superuser; prints values only.
  public Ran psql(String namespace, String pod, String database, String sql)
      throws IOException, InterruptedException {
    String psql = "exec -n %s %s -c postgres -- psql -qAtX -U postgres -v ON_ERROR_STOP=1";
    var command = new ArrayList<>(List.of(psql.formatted(namespace, pod).split(" ")));
    command.addAll(List.of("-d", database, "-c", sql));
    return kubectl(command.toArray(String[]::new));
  }

  /// Whether each pod sees its volumes at the paths of its containers. Where the machine doesn't
  /// allow that, two instances would share a tablespace's path.
  public boolean canMount(String namespace) throws IOException, GeneralSecurityException {
    return client().list(Resource.EVENTS, namespace, Selection.ALL).items().stream()
        .noneMatch(event -> event.path("reason").asText("").equals("NamesNotResolved"));
  }

  /// Runs any program, with these variables besides those of this process, to its end.
  public static Ran run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    return run(command, environment, _ -> {});
  }

  private static Ran run(
      List<String> command, Map<String, String> environment, Consumer<String> lines)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    // what is tested was built by the build that runs the test
    builder.environment().put("HOWDAH_NO_BUILD", "true");
    var process = builder.start();
    process.getOutputStream().close();
    Queue<String> output = new ConcurrentLinkedQueue<>();
    var reading = Thread.ofVirtual().name("output").start(() -> read(process, output, lines));
    if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new IOException(
          "still running after %d s: %s%n%s"
              .formatted(LIMIT.toSeconds(), command, String.join("", output)));
    }
    reading.join(LATE); // what it has left running may hold its output open for ever
    return new Ran(process.exitValue(), String.join("", output));
  }

  private static void read(Process process, Queue<String> output, Consumer<String> lines) {
    try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        output.add(line + "\n");
        lines.accept(line);
      }
    } catch (IOException e) {
      output.add(e + "\n");
    }
  }

  public Path home() {
    return home;
  }

  /// A client of its API server, as administrator.
  public synchronized KubeClient client() throws IOException, GeneralSecurityException {
    if (client == null) {
      client =
          new KubeClient(KubeSettings.fromKubeconfig(home.resolve("kubeconfig"))).deadline(ANSWER);
    }
    return client;
  }

  public ObjectNode cluster(String namespace, String name)
      throws IOException, GeneralSecurityException {
    return client().get(Resource.CLUSTERS, namespace, name);
  }

  /// Whether the Cluster says it is healthy and has this many ready pods that agree.
  public boolean isHealthy(String namespace, String name, int instances)
      throws IOException, GeneralSecurityException {
    var status = cluster(namespace, name).path("status");
    if (!status.path("phase").asText().equals("Cluster in healthy state")
        || status.path("readyInstances").asInt() != instances
        || !status.path("currentPrimary").asText().equals(status.path("targetPrimary").asText())) {
      return false;
    }
    var pods =
        client()
            .list(
                Resource.PODS,
                namespace,
                Selection.labels("cnpg.io/cluster=" + name + ",cnpg.io/podRole=instance"))
            .items();
    return pods.size() == instances
        && pods.stream()
                .filter(p -> Json.label(p, "cnpg.io/instanceRole").equals("primary"))
                .count()
            == 1
        && pods.stream().allMatch(EmbeddedHowdah::isReady);
  }

  private static boolean isReady(ObjectNode pod) {
    for (var condition : pod.at("/status/conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /// Connects through the `-rw` service as the user of a Secret, with timeouts that notice a frozen
  /// server.
  public Connection connect(String namespace, String cluster, String secret, String database)
      throws SQLException {
    try {
      var service = client().get(Resource.SERVICES, namespace, cluster + "-rw");
      var login = client().get(Resource.SECRETS, namespace, secret);
      var properties = new Properties();
      properties.setProperty("user", decoded(login, "username"));
      properties.setProperty("password", decoded(login, "password"));
      properties.setProperty("connectTimeout", "2");
      properties.setProperty("socketTimeout", "3");
      properties.setProperty("loginTimeout", "3");
      properties.setProperty("sslmode", "require");
      properties.setProperty("ApplicationName", "howdah-e2e");
      return DriverManager.getConnection(
          "jdbc:postgresql://%s:5432/%s"
              .formatted(service.at("/spec/clusterIP").asText(), database),
          properties);
    } catch (IOException | GeneralSecurityException e) {
      throw new SQLException("the API server can't be asked where to connect", e);
    }
  }

  /// The value of a key of a Secret.
  public static String decoded(ObjectNode secret, String key) {
    return new String(
        Base64.getDecoder().decode(secret.at("/data/" + key).asText()), StandardCharsets.UTF_8);
  }

  /// Waits until the condition holds; looks ten times a second.
  public static void await(String what, Duration deadline, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + deadline.toSeconds() + " s: " + what);
      }
      Thread.sleep(100);
    }
  }

  /// Stops it and deletes its data; by force if it doesn't end in order, as one that a test has
  /// frozen.
  @Override
  public void close() throws IOException, InterruptedException {
    synchronized (this) {
      if (client != null) {
        client.close();
      }
    }
    if (Files.exists(home) && howdah("down", "--delete-data").exit() != 0) {
      kill();
      howdah("down", "--delete-data");
    }
  }

  private void kill() throws IOException {
    Path file = home.resolve("up.pid");
    if (Files.exists(file)) {
      long pid = Long.parseLong(Files.readString(file).strip().split(" ")[0]);
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
