// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import static dev.howdah.e2e.embedded.EmbeddedHowdah.decoded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.e2e.fault.Hit;
import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.e2e.history.NumberedWriter;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// What a new user does with the example manifest, and what may happen to it: one cluster, lived
/// through in order.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CustomerPostgresIT {
  private static final String NAMESPACE = "database";
  private static final String CLUSTER = "customer-postgres";
  private static final Duration LONG = Duration.ofSeconds(300);
  private static EmbeddedHowdah howdah;

  @BeforeAll
  static void up() throws IOException, InterruptedException {
    var root = Path.of("..").toAbsolutePath().normalize();
    howdah = EmbeddedHowdah.temporary(root.resolve("howdah"));
    var up =
        howdah.howdah("up", root.resolve("examples/customer-postgres.yaml").toString(), "--detach");
    assertThat(up.exit()).as(up.output()).isZero();
    assertThat(up.output())
        .contains("customer-postgres-1", "init", "clone", "streaming", "Cluster in healthy state")
        .contains("TIMELINE", "LSN", "LAG")
        .contains("psql service=", "export KUBECONFIG=");
  }

  @AfterAll
  static void down() throws IOException, InterruptedException {
    howdah.close();
  }

  private static String kubectl(String... arguments) throws IOException, InterruptedException {
    var ran = howdah.kubectl(arguments);
    assertThat(ran.exit()).as("kubectl %s: %s", List.of(arguments), ran.output()).isZero();
    return ran.output();
  }

  private static boolean isHealthy(int instances) {
    try {
      return howdah.isHealthy(NAMESPACE, CLUSTER, instances);
    } catch (Exception e) {
      return false; // the API server may be away for a moment
    }
  }

  private static void awaitHealthy(int instances) throws InterruptedException {
    EmbeddedHowdah.await(instances + " healthy instances", LONG, () -> isHealthy(instances));
  }

  private static String primary() throws Exception {
    return howdah.cluster(NAMESPACE, CLUSTER).at("/status/currentPrimary").asText();
  }

  private static String onPrimary(String sql) throws Exception {
    return sql(primary(), sql);
  }

  private static String sql(String pod, String sql) throws Exception {
    return kubectl(
            "exec",
            "-n",
            NAMESPACE,
            pod,
            "-c",
            "postgres",
            "--",
            "psql",
            "-U",
            "postgres",
            "-d",
            "customer_db",
            "-At",
            "-c",
            sql)
        .strip();
  }

  @Test
  @Order(1)
  void showsItselfAsAClusterOnKubernetesDoes() throws Exception {
    assertThat(kubectl("get", "cluster,pods,svc,pvc,secrets", "-n", NAMESPACE))
        .contains("Cluster in healthy state", "customer-postgres-1")
        .contains("service/customer-postgres-rw", "service/customer-postgres-ro")
        .contains("fast-ssd", "3Ti", "Bound")
        .contains("secret/customer-postgres-app", "secret/customer-db-secret");
    for (var label : List.of("cnpg.io/role=primary", "cnpg.io/instanceRole=primary")) {
      assertThat(
              kubectl(
                      "get",
                      "pods",
                      "-n",
                      NAMESPACE,
                      "-l",
                      "cnpg.io/cluster=" + CLUSTER + "," + label,
                      "-o",
                      "jsonpath={.items[*].metadata.name}")
                  .strip())
          .isEqualTo(primary());
    }
  }

  @Test
  @Order(2)
  void runsTheCommandsOfTheFoundingDocument() throws Exception {
    onPrimary(
        """
        CREATE TABLE IF NOT EXISTS demo_events (id SERIAL PRIMARY KEY, customer_id TEXT NOT NULL,
          event_type TEXT NOT NULL, created_at TIMESTAMPTZ NOT NULL DEFAULT now());
        INSERT INTO demo_events (customer_id, event_type)
          VALUES ('cust-001', 'signup'), ('cust-002', 'payment'), ('cust-001', 'support_ticket')
        """);

    assertThat(
            onPrimary("SELECT customer_id, count(*) FROM demo_events GROUP BY 1 ORDER BY 2 DESC"))
        .isEqualTo("cust-001|2\ncust-002|1");
    assertThat(onPrimary("SHOW max_connections")).isEqualTo("500");
  }

  @Test
  @Order(3)
  void opensConnectionsWithTheSecretsKeys() throws Exception {
    var secret = howdah.client().get(Resource.SECRETS, NAMESPACE, CLUSTER + "-app");
    for (var key :
        List.of("username", "password", "dbname", "host", "port", "pgpass", "uri", "jdbc-uri")) {
      assertThat(decoded(secret, key)).as(key).isNotEmpty();
    }
    // inside a pod the service's name resolves, as it does on Kubernetes
    var uri = decoded(secret, "uri") + "?sslmode=verify-full&sslrootcert=";
    var inPod =
        kubectl(
            "exec",
            "-n",
            NAMESPACE,
            primary(),
            "-c",
            "postgres",
            "--",
            "sh",
            "-c",
            "psql \""
                + uri
                + "$HOWDAH_ROOT/controller/certificates/server-ca.crt\" -Atc 'SELECT current_database()'");
    assertThat(inPod.strip()).isEqualTo("customer_db");
    var psql =
        howdah.howdah(
            "psql",
            CLUSTER,
            "--",
            "-Atc",
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    assertThat(psql.output().strip()).isEqualTo("t");
  }

  @Test
  @Order(3)
  void opensConnectionsFromThisMachineWithTheSecretsKeys() throws Exception {
    var secret = howdah.client().get(Resource.SECRETS, NAMESPACE, CLUSTER + "-app");
    var ca = howdah.client().get(Resource.SECRETS, NAMESPACE, CLUSTER + "-ca");
    var address =
        howdah
            .client()
            .get(Resource.SERVICES, NAMESPACE, CLUSTER + "-rw")
            .at("/spec/clusterIP")
            .asText();
    var folder = howdah.home().resolve("test-client");
    Files.createDirectories(folder);
    var authority = Files.writeString(folder.resolve("ca.crt"), decoded(ca, "ca.crt"));
    var verified = "sslmode=verify-full&sslrootcert=" + authority;
    var query = "SELECT current_database()";

    // the address stands for the name server that this machine doesn't have
    var uri = decoded(secret, "uri") + "?hostaddr=" + address + "&" + verified;
    assertThat(EmbeddedHowdah.run(List.of("psql", uri, "-Atc", query), Map.of()).output().strip())
        .isEqualTo("customer_db");

    var passwords = Files.writeString(folder.resolve("pgpass"), decoded(secret, "pgpass"));
    Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("rw-------"));
    var keywords =
        "host=%s hostaddr=%s port=%s dbname=%s user=%s %s"
            .formatted(
                decoded(secret, "host"),
                address,
                decoded(secret, "port"),
                decoded(secret, "dbname"),
                decoded(secret, "username"),
                verified.replace("&", " "));
    assertThat(
            EmbeddedHowdah.run(
                    List.of("psql", "-w", keywords, "-Atc", query),
                    Map.of("PGPASSFILE", passwords.toString()))
                .output()
                .strip())
        .isEqualTo("customer_db");

    var hosts =
        Files.writeString(
            folder.resolve("hosts"), address + " " + JdbcClient.host(decoded(secret, "jdbc-uri")));
    assertThat(
            JdbcClient.run(hosts, decoded(secret, "jdbc-uri") + "&" + verified, query)
                .output()
                .strip())
        .isEqualTo("customer_db");
  }

  @Test
  @Order(4)
  void goesOnWritingWhateverKillsThePrimaryAndLosesNothing() throws Exception {
    patch("{\"spec\":{\"postgresql\":{\"synchronous\":{\"method\":\"any\",\"number\":1}}}}");
    awaitOn(
        CustomerPostgresIT::primary, "SHOW synchronous_standby_names", names -> !names.isEmpty());
    try (var writer =
        NumberedWriter.start(
            () -> howdah.connect(NAMESPACE, CLUSTER, CLUSTER + "-app", "customer_db"),
            "history",
            Duration.ofMillis(10))) {
      for (var fault : List.of("postmaster", "manager", "pod", "freeze")) {
        awaitHealthy(3);
        var before = primary();
        int timeline = timeline();
        assertThat(inject(fault, before).awaitEffect()).as(fault + " hit " + before).isTrue();
        // a postmaster may be started again in place, when no standby has its last commits, and an
        // instance manager takes over what runs
        if (fault.equals("pod") || fault.equals("freeze")) {
          EmbeddedHowdah.await(
              "another primary after " + fault, LONG, () -> isFailedOver(before, timeline));
        }
        assertThat(writer.awaitNextAcknowledgement(Duration.ofSeconds(180)))
            .as("writes go on after " + fault + ": " + writer.lastFailure())
            .isTrue();
        awaitHealthy(3);
        awaitStreaming();
      }
      var outcome = writer.check();
      assertThat(outcome.acknowledged()).isGreaterThan(20);
      assertThat(outcome.lost()).isEmpty();
    }
    patch("{\"spec\":{\"postgresql\":{\"synchronous\":null}}}");
    awaitOn(CustomerPostgresIT::primary, "SHOW synchronous_standby_names", String::isEmpty);
    awaitOn(CustomerPostgresIT::primary, "SELECT count(*) FROM demo_events", "3"::equals);
  }

  private static void awaitOn(Callable<String> instance, String sql, Predicate<String> expected)
      throws InterruptedException {
    EmbeddedHowdah.await(
        sql,
        LONG,
        () -> {
          try {
            return expected.test(sql(instance.call(), sql));
          } catch (Exception | AssertionError e) {
            return false; // it may be just starting
          }
        });
  }

  private static int timeline() throws Exception {
    return howdah.cluster(NAMESPACE, CLUSTER).at("/status/timelineID").asInt();
  }

  private static boolean isFailedOver(String before, int timeline) {
    try {
      return !primary().equals(before) && timeline() > timeline;
    } catch (Exception e) {
      return false; // the API server may be away for a moment
    }
  }

  /// All standbys, on the timeline of the primary.
  private static void awaitStreaming() throws InterruptedException {
    EmbeddedHowdah.await(
        "all standbys stream the primary's timeline",
        LONG,
        () -> {
          try {
            var primary = primary();
            var expected = "streaming|" + timeline();
            for (var pod : pods()) {
              if (!pod.equals(primary)
                  && !sql(pod, "SELECT status, received_tli FROM pg_stat_wal_receiver")
                      .equals(expected)) {
                return false;
              }
            }
            return true;
          } catch (Exception | AssertionError e) {
            return false; // one may be just starting
          }
        });
  }

  private static Hit inject(String fault, String primary) throws Exception {
    var processes = PodProcesses.find(howdah.home(), NAMESPACE, primary);
    var postmaster = processes.postmaster().orElseThrow();
    switch (fault) {
      case "postmaster" -> PodProcesses.signal("KILL", List.of(postmaster));
      case "manager" -> {
        // PostgreSQL goes on meanwhile
        var manager = processes.manager().orElseThrow();
        PodProcesses.signal("KILL", List.of(manager));
        return Hit.gone(manager.pid());
      }
      case "freeze" -> {
        PodProcesses.signal("STOP", processes.entries());
        return Hit.stopped(postmaster.pid());
      }
      default -> howdah.client().delete(Resource.PODS, NAMESPACE, primary, DeleteOptions.DEFAULT);
    }
    return Hit.gone(postmaster.pid());
  }

  @Test
  @Order(5)
  void switchesOverWhenAsked() throws Exception {
    awaitHealthy(3);
    var target = primary().endsWith("3") ? "2" : "3";

    var promote = howdah.howdah("promote", CLUSTER, target);

    assertThat(promote.output()).contains("will be promoted");
    EmbeddedHowdah.await(
        "the switchover",
        LONG,
        () -> {
          try {
            return primary().endsWith(target) && isHealthy(3);
          } catch (Exception e) {
            return false;
          }
        });
  }

  @Test
  @Order(6)
  void takesNewParametersByReloadOrRestart() throws Exception {
    patch("{\"spec\":{\"postgresql\":{\"parameters\":{\"work_mem\":\"7MB\"}}}}");
    awaitOnAll("SHOW work_mem", "7MB");

    patch("{\"spec\":{\"postgresql\":{\"parameters\":{\"max_connections\":\"612\"}}}}");
    awaitOnAll("SHOW max_connections", "612");
    awaitHealthy(3);
    awaitOn(CustomerPostgresIT::primary, "SELECT count(*) FROM demo_events", "3"::equals);
  }

  private static void patch(String merge) throws Exception {
    kubectl("patch", "cluster", CLUSTER, "-n", NAMESPACE, "--type=merge", "-p", merge);
  }

  private static void awaitOnAll(String sql, String expected) throws InterruptedException {
    EmbeddedHowdah.await(
        sql + " = " + expected + " on all instances",
        LONG,
        () -> {
          try {
            for (var pod : pods()) {
              if (!sql(pod, sql).equals(expected)) {
                return false;
              }
            }
            return true;
          } catch (Exception | AssertionError e) {
            return false;
          }
        });
  }

  private static List<String> pods() throws Exception {
    return howdah
        .client()
        .list(
            Resource.PODS,
            NAMESPACE,
            Selection.labels("cnpg.io/cluster=" + CLUSTER + ",cnpg.io/podRole=instance"))
        .items()
        .stream()
        .map(Json::name)
        .toList();
  }

  @Test
  @Order(7)
  void scalesUpAndDown() throws Exception {
    for (int instances : new int[] {5, 1, 3}) {
      kubectl("scale", "cluster/" + CLUSTER, "--replicas=" + instances, "-n", NAMESPACE);
      awaitHealthy(instances);
    }
    awaitOn(CustomerPostgresIT::primary, "SELECT count(*) FROM demo_events", "3"::equals);
  }

  @Test
  @Order(8)
  void rebuildsAStandbyThatLostItsVolume() throws Exception {
    var main = primary();
    var standby = pods().stream().filter(p -> !p.equals(main)).findFirst().orElseThrow();
    var lost = howdah.client().get(Resource.PERSISTENT_VOLUME_CLAIMS, NAMESPACE, standby);

    kubectl("delete", "pvc", standby, "-n", NAMESPACE, "--wait=false");
    kubectl("delete", "pod", standby, "-n", NAMESPACE, "--wait=false");

    EmbeddedHowdah.await(
        "a new volume and health",
        LONG,
        () -> {
          try {
            var volumes =
                howdah
                    .client()
                    .list(Resource.PERSISTENT_VOLUME_CLAIMS, NAMESPACE, Selection.ALL)
                    .items();
            return isHealthy(3)
                && volumes.stream().noneMatch(v -> Json.uid(v).equals(Json.uid(lost)));
          } catch (Exception e) {
            return false;
          }
        });
  }

  @Test
  @Order(9)
  void goesOnAfterTheWholeOfItWasKilled() throws Exception {
    var process = Files.readString(howdah.home().toRealPath().resolve("up.pid")).split(" ")[0];
    var killed = ProcessHandle.of(Long.parseLong(process)).orElseThrow();
    killed.destroyForcibly();
    killed
        .onExit()
        .get(2, TimeUnit.MINUTES); // as long as it is dying it is taken for one that is up

    var up = howdah.howdah("up", "../examples/customer-postgres.yaml", "--detach");

    assertThat(up.exit()).as(up.output()).isZero();
    // an API server that was away for longer than a Lease may be followed by a failover
    awaitOn(CustomerPostgresIT::primary, "SELECT count(*) FROM demo_events", "3"::equals);
    awaitHealthy(3);
  }

  @Test
  @Order(10)
  void leavesNothingOfADeletedCluster() throws Exception {
    kubectl("delete", "cluster", CLUSTER, "-n", NAMESPACE, "--timeout=300s");

    EmbeddedHowdah.await(
        "everything of the Cluster to be gone",
        LONG,
        () -> {
          try {
            return kubectl(
                    "get",
                    "pods,jobs,svc,pvc,secrets,leases,pdb,roles,rolebindings,serviceaccounts",
                    "-n",
                    NAMESPACE,
                    "-o",
                    "name")
                .lines()
                .filter(line -> line.contains(CLUSTER))
                .toList()
                .isEmpty();
          } catch (IOException | InterruptedException | AssertionError e) {
            return false;
          }
        });
    assertThat(kubectl("get", "secrets", "-n", NAMESPACE)).contains("customer-db-secret");
  }
}
