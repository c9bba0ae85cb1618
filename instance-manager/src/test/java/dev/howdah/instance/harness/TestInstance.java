// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.harness;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Tls;
import dev.howdah.testing.Loopback;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerProcesses;
import dev.howdah.testing.ServerUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/// One pod: its folders, its address, and the instance manager that runs in it.
public final class TestInstance {
  /// For what takes seconds here: a machine may be many times slower.
  public static final Duration LONG = Duration.ofSeconds(180);

  private static final int ATTEMPTS = 4;
  private static final AtomicInteger RUNS = new AtomicInteger();

  private final TestCluster cluster;
  private final String name;
  private final Path root;
  private final String address = Loopback.freeAddress(5432);
  private volatile @Nullable Process process;
  private volatile boolean wanted;

  TestInstance(TestCluster cluster, String name) {
    this.cluster = cluster;
    this.name = name;
    this.root = cluster.folder().resolve(name);
    try {
      for (String path :
          List.of(
              "controller",
              "var/lib/postgresql/data",
              "var/run/secrets/kubernetes.io/serviceaccount")) {
        Files.createDirectories(root.resolve(path));
      }
      Path account = root.resolve("var/run/secrets/kubernetes.io/serviceaccount");
      Files.writeString(account.resolve("token"), name);
      Files.writeString(account.resolve("ca.crt"), cluster.caPem());
      Files.writeString(account.resolve("namespace"), TestCluster.NAMESPACE);
      Files.createSymbolicLink(root.resolve("controller/manager"), cluster.manager());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ServerUser.own(root);
    ObjectNode pod = Json.object(Resource.PODS, TestCluster.NAMESPACE, name);
    pod.withObject("/metadata").put("uid", "uid-of-" + name);
    pod.withObject("/metadata/labels").put("cnpg.io/instanceName", name);
    pod.putObject("status").put("podIP", address);
    cluster.api().put(Resource.PODS, pod);
  }

  public String name() {
    return name;
  }

  public String address() {
    return address;
  }

  public Path data() {
    return root.resolve("var/lib/postgresql/data/pgdata");
  }

  /// Where the container's program is.
  public Path launcher() {
    return root.resolve("controller/manager");
  }

  public Path log() {
    return root.resolve("log");
  }

  /// Mounts an empty volume there from the next start on.
  public void mount(String path) throws IOException {
    Files.createDirectories(root.resolve(path));
    ServerUser.own(root.resolve(path));
  }

  private ProcessBuilder command(String... words) {
    List<String> command = new ArrayList<>(ServerUser.prefix());
    command.add(root.resolve("controller/manager").toString());
    command.addAll(List.of(words));
    var builder = new ProcessBuilder(command).directory(Path.of("/").toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(key -> key.startsWith("PG"));
    environment.putAll(
        Map.of(
            "HOWDAH_ROOT",
            root.toString(),
            "HOWDAH_POD_IP",
            address,
            "POD_NAME",
            name,
            "NAMESPACE",
            TestCluster.NAMESPACE,
            "CLUSTER_NAME",
            TestCluster.NAME,
            "PGDATA",
            data().toString(),
            "KUBERNETES_SERVICE_HOST",
            "127.0.0.1",
            "KUBERNETES_SERVICE_PORT",
            Integer.toString(cluster.api().port())));
    environment.put("PATH", PostgresBinaries.newest().folder() + ":" + environment.get("PATH"));
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
  }

  /// Runs a job to its end; like Kubernetes, again when it failed.
  public void job(String... words) throws IOException, InterruptedException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Process job = command(words).start();
      if (job.waitFor(LONG.toSeconds(), TimeUnit.SECONDS) && job.exitValue() == 0) {
        return;
      }
      job.destroyForcibly();
    }
    throw new IllegalStateException(
        String.join(" ", words) + " failed: " + Files.readString(log()));
  }

  /// Begins a job and kills it, with all its processes, after a time if it has not ended by then.
  public void killed(Duration after, String... words) throws IOException, InterruptedException {
    Process job = command(words).start();
    if (!job.waitFor(after.toMillis(), TimeUnit.MILLISECONDS)) {
      var all = new ArrayList<>(job.descendants().toList());
      all.add(job.toHandle());
      all.forEach(ProcessHandle::destroyForcibly);
      job.waitFor();
    }
  }

  /// Runs a command once and returns its exit code.
  public int run(String... words) throws IOException, InterruptedException {
    Process job = command(words).start();
    if (!job.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)) {
      job.destroyForcibly();
      throw new IllegalStateException(String.join(" ", words) + " does not end");
    }
    return job.exitValue();
  }

  public synchronized void start() throws IOException {
    RUNS.incrementAndGet();
    List<String> words = new ArrayList<>(List.of("instance", "run", "--status-port-tls"));
    if (System.getProperty("howdah.debug") != null) {
      words.add("--log-level=trace");
    }
    process = command(words.toArray(String[]::new)).start();
    wanted = true;
  }

  /// When its container ends, it isn't started again before [#start()].
  public synchronized void stayDown() {
    wanted = false;
  }

  /// What kubelet does for a container that ended.
  synchronized void restartIfEnded() throws IOException {
    Process ended = process;
    if (wanted && ended != null && !ended.isAlive()) {
      System.err.println(name + " ended with " + ended.exitValue() + ", starting it again");
      start();
    }
  }

  /// The first process of the container: the guard.
  public Process process() {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException(name + " was not started");
    }
    return running;
  }

  private static boolean isJava(ProcessHandle handle) {
    return handle.info().command().orElse("").endsWith("/java");
  }

  /// The Java runtime of the instance manager; not one of the processes that it has begun.
  public ProcessHandle java() {
    return process()
        .descendants()
        .filter(handle -> isJava(handle) && !handle.parent().map(TestInstance::isJava).orElse(true))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(name + " has no Java"));
  }

  public long postmaster() {
    try {
      return Long.parseLong(Files.readAllLines(data().resolve("postmaster.pid")).getFirst());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One of the server's processes, by what it calls itself.
  public long serverProcess(String title) {
    return serverProcesses(title).stream()
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(name + " has no " + title));
  }

  /// All of the server's processes that call themselves so.
  public List<Long> serverProcesses(String title) {
    return ProcessHandle.of(postmaster())
        .orElseThrow()
        .children()
        .map(ProcessHandle::pid)
        .filter(pid -> {
          try {
            Path line = Path.of("/proc", Long.toString(pid), "cmdline");
            return Files.readString(line).contains(title);
          } catch (IOException e) {
            return false;
          }
        })
        .toList();
  }

  /// Sends a signal, by number or name.
  public static void signal(String signal, long pid) {
    try {
      new ProcessBuilder("kill", "-s", signal, Long.toString(pid)).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// True while any process works in the data directory.
  public boolean hasServerProcesses() {
    return !ServerProcesses.in(data()).isEmpty();
  }

  // ---- SQL

  public Connection connect() throws SQLException {
    return connect(30, 120);
  }

  /// @param login seconds that a server may take to let us in
  /// @param answer seconds that it may take to answer
  public Connection connect(int login, int answer) throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", "app");
    properties.setProperty("password", TestCluster.PASSWORD);
    properties.setProperty("sslmode", "require");
    properties.setProperty("connectTimeout", Integer.toString(login));
    properties.setProperty("socketTimeout", Integer.toString(answer));
    properties.setProperty("loginTimeout", Integer.toString(login));
    // Not through DriverManager, which finds drivers by the class loader of whatever thread comes
    // first.
    Connection connection =
        new Driver().connect("jdbc:postgresql://" + address + ":5432/app", properties);
    if (connection == null) {
      throw new SQLException("not a URL of PostgreSQL");
    }
    return connection;
  }

  public String query(String sql) throws SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      return statement.execute(sql) && statement.getResultSet().next()
          ? String.valueOf(statement.getResultSet().getString(1))
          : "";
    }
  }

  /// In a session of `postgres`, over the server's socket.
  public void asSuperuser(String sql) throws IOException {
    List<String> server = Files.readAllLines(data().resolve("postmaster.pid"));
    ServerUser.runAsServer(
        List.of(
            PostgresBinaries.newest().program("psql").toString(),
            "-Xqc",
            sql,
            "host=" + server.get(4) + " port=" + server.get(3) + " user=postgres dbname=postgres"));
  }

  public boolean isWritable() {
    try {
      return query("SELECT NOT pg_is_in_recovery()").equals("t");
    } catch (SQLException e) {
      if (System.getProperty("howdah.debug") != null) {
        System.err.println(name + ": " + e);
      }
      return false;
    }
  }

  /// Inserts into the table `numbers` in a session that is there already, so that it is the first
  /// transaction of the primary that this standby becomes.
  public CompletableFuture<Void> insertAsSoonAsPossible(int row) {
    return CompletableFuture.runAsync(() -> {
      try (Connection connection = connect();
          var statement = connection.createStatement()) {
        connection.setNetworkTimeout(Runnable::run, 600_000);
        while (isReadOnly(statement)) {
          // asked again at once
        }
        statement.execute("INSERT INTO numbers VALUES (" + row + ")");
      } catch (SQLException e) {
        throw new CompletionException(e);
      }
    });
  }

  private static boolean isReadOnly(Statement statement) throws SQLException {
    try (ResultSet result = statement.executeQuery("SELECT pg_is_in_recovery(), pg_sleep(0.001)")) {
      return result.next() && result.getBoolean(1);
    }
  }

  /// Waits until the table `numbers` has this row here.
  public void awaitRow(int row, Duration limit) {
    await()
        .ignoreExceptions()
        .pollInterval(Duration.ofMillis(50))
        .atMost(limit)
        .until(() -> query("SELECT count(*) FROM numbers WHERE id = " + row).equals("1"));
  }

  public void awaitWritable() {
    await().pollInterval(Duration.ofMillis(20)).atMost(LONG).until(this::isWritable);
  }

  /// Waits until the primary's WAL reaches this standby, on the newest timeline.
  public void awaitStreaming() {
    await()
        .pollInterval(Duration.ofMillis(50))
        .atMost(LONG)
        .until(() -> status().path("isWalReceiverActive").asBoolean(false));
  }

  // ---- HTTP

  public JsonNode status() {
    try {
      return Json.mapper().readTree(get("/pg/status").body());
    } catch (IOException e) {
      return Json.object();
    }
  }

  /// The code that a probe gets; 0 if there is no answer.
  public int probe(String path) {
    try {
      return get(path).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  private HttpResponse<String> get(String path) throws IOException {
    // The certificate is for the services' names; whoever probes doesn't verify it.
    try (HttpClient http =
        HttpClient.newBuilder()
            .sslContext(Tls.accepting(CertificateCheck.ANY))
            .connectTimeout(Duration.ofSeconds(5))
            .build()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("https://" + address + ":8000" + path))
              .timeout(Duration.ofSeconds(15))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  // ---- end

  /// Asks the instance manager to end, as kubelet does, and waits.
  public int stop() throws InterruptedException {
    stayDown();
    process().destroy();
    if (!process().waitFor(LONG.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " does not end");
    }
    return process().exitValue();
  }

  /// Kills the instance manager's processes at once; PostgreSQL's are left to themselves.
  public void killAll() throws InterruptedException {
    stayDown();
    ProcessHandle java = java();
    process().destroyForcibly();
    java.destroyForcibly();
    process().waitFor();
  }

  /// Kills all that runs in the pod.
  public void destroy() {
    stayDown();
    ServerProcesses.kill(data(), Stream.ofNullable(process).map(Process::toHandle));
  }
}
