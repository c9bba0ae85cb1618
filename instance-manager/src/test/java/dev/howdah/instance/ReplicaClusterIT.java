// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.instance.harness.Writer;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// Two clusters in two places, of the same name, as a distributed topology: each test goes on where
/// the one before ended. Both ask for synchronous replication.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReplicaClusterIT {
  private static final Duration LONG = Duration.ofSeconds(40);

  private static TestCluster east;
  private static TestCluster west;
  private static Set<Integer> acknowledged = Set.of();
  private static List<String> identities = List.of();
  private static String token = "";

  @BeforeAll
  static void start() throws Exception {
    east = cluster("east");
    west = cluster("west");
    share(east, "east", west);
    share(west, "west", east);
    east.patchSpec(topology("east", "east", "west", west.instance(1)));
    west.patchSpec(topology("west", "east", "east", east.instance(1)));
    east.startPrimary();
    east.joinStandby(2);
    west.instance(1).job("instance", "pgbasebackup");
    west.instance(1).start();
    west.joinStandby(2);
    east.awaitHealthy();
    east.primary().query("CREATE TABLE numbers (id int PRIMARY KEY)");
  }

  @AfterAll
  static void stop() {
    try (var _ = east;
        var _ = west) {
      return;
    }
  }

  private static TestCluster cluster(String self) throws Exception {
    return new TestCluster(
        """
        {"instances": 2, "replica": {"self": "%s", "primary": "east"},
         "bootstrap": {"pg_basebackup": {"source": "east"}},
         "postgresql": {"synchronous": {"method": "any", "number": 1}}}
        """
            .formatted(self));
  }

  /// What one cluster's servers ask for is at hand where the other one lives.
  private static void share(TestCluster from, String name, TestCluster with) {
    for (String secret : List.of("ca", "replication")) {
      ObjectNode copy =
          from.api().get(Resource.SECRETS, TestCluster.NAMESPACE, TestCluster.NAME + "-" + secret);
      copy.withObject("/metadata").put("name", name + "-" + secret);
      with.api().put(Resource.SECRETS, copy);
    }
  }

  /// @param upstream the source's primary, which its `-rw` service would lead to
  private static String topology(
      String self, String primary, String source, TestInstance upstream) {
    return """
    {"replica": {"self": "%1$s", "primary": "%2$s", "source": "%3$s"},
     "externalClusters": [{"name": "%3$s",
       "connectionParameters": {"host": "%5$s-rw", "hostaddr": "%4$s",
         "user": "streaming_replica", "dbname": "postgres", "sslmode": "verify-full"},
       "sslKey": {"name": "%3$s-replication", "key": "tls.key"},
       "sslCert": {"name": "%3$s-replication", "key": "tls.crt"},
       "sslRootCert": {"name": "%3$s-ca", "key": "ca.crt"}}]}
    """
        .formatted(self, primary, source, upstream.address(), TestCluster.NAME);
  }

  @Test
  @Order(1)
  void theCopyAndItsStandbyFollow() throws Exception {
    insert(east.primary(), 1);

    awaitRow(west.instance(1), 1);
    awaitRow(west.instance(2), 1);
    assertThat(west.holder()).isEqualTo("main-1");
    assertThat(west.routed()).isSameAs(west.instance(1));
    assertThat(west.instance(1).isWritable()).isFalse();
    assertThat(voters(west)).isEqualTo("asynchronous");
    assertThat(replication(west.instance(1))).containsExactly("main-2 async");
  }

  @Test
  @Order(2)
  void aStandbyTakesThePlaceOfTheDesignatedPrimary() throws Exception {
    TestInstance lost = west.instance(1);
    lost.destroy();
    insert(east.primary(), 2);

    await().atMost(LONG).until(() -> west.routed() == west.instance(2));
    insert(east.primary(), 3);
    awaitRow(west.instance(2), 2);
    awaitRow(west.instance(2), 3);
    lost.start();
    awaitRow(lost, 3);
    assertThat(west.instance(2).isWritable()).isFalse();
    await().atMost(LONG).until(() -> replication(west.instance(2)).contains("main-1 async"));
  }

  /// East has a main-2 too, which confirms its commits.
  @Test
  @Order(3)
  void theCopyConfirmsNoCommitOfTheOtherCluster() {
    assertThat(replication(east.primary())).containsExactly("main-2 quorum", "west/main-2 async");
  }

  @Test
  @Order(4)
  void theDemotedClusterSaysWhereItsLogEnded() throws Exception {
    identities = identities();
    try (var writer = new Writer(east, 100)) {
      writer.awaitProgress();
      east.patchSpec(topology("east", "west", "west", west.primary()));
      await().atMost(LONG).until(() -> !status(east, "demotionToken").isEmpty());
      acknowledged = writer.acknowledged();
    }
    token = status(east, "demotionToken");
    assertThat(east.instance(1).isWritable()).isFalse();
  }

  @Test
  @Order(5)
  void aTokenOfAnotherPlaceIsRefused() throws Exception {
    refuses("bm90IGEgdG9rZW4=", "can't be read");
    refuses(with("databaseSystemIdentifier", "4711"), "it is of the database system 4711");
    refuses(with("latestCheckpointREDOLocation", "0/1000028"), "past 0/1000028");
  }

  /// It is to be promoted, and the token says that it hasn't everything yet: started again, its
  /// server is no primary either.
  @Test
  @Order(6)
  void aCrashWhileTheTokenIsAwaitedDoesNotPromote() throws Exception {
    promote(with("latestCheckpointREDOLocation", "7/5000028"));
    await()
        .atMost(LONG)
        .until(() -> west.primary().query("SHOW synchronous_standby_names").isEmpty());
    for (int i = 0; i < 2; i++) {
      TestInstance designated = west.instance(west.holder().endsWith("1") ? 1 : 2);
      long before = designated.postmaster();
      TestInstance.signal("KILL", before);
      await()
          .ignoreExceptions()
          .atMost(LONG)
          .until(() -> designated.postmaster() != before && !west.primary().isWritable());
      assertThat(Files.exists(designated.data().resolve("standby.signal"))).isTrue();
    }
    await()
        .ignoreExceptions()
        .atMost(LONG)
        .until(() ->
            replication(west.primary()).contains(west.standbys().getFirst().name() + " async"));
  }

  /// Its standby is away when it is promoted, and replication is synchronous from the first commit.
  @Test
  @Order(7)
  void thePromotedClusterHasEveryRowAndConfirmsNoneAlone() throws Exception {
    TestInstance next = west.primary();
    TestInstance other = west.standbys().getFirst();
    other.destroy();
    CompletableFuture<Void> confirmed = insertAsSoonAsPossible(next, 5);
    promote(token);
    next.awaitWritable();
    await().atMost(LONG).until(() -> status(west, "lastPromotionToken").equals(token));
    await()
        .atMost(LONG)
        .until(() -> next.query("SHOW synchronous_standby_names").contains(other.name()));
    assertThat(confirmed).isNotDone();
    assertThat(Writer.rows(next)).containsAll(acknowledged);

    other.start();
    assertThat(confirmed).succeedsWithin(LONG);
    await().atMost(LONG).until(() -> voters(west).contains(other.name()));
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(replication(next))
                .containsExactly("east/main-1 async", other.name() + " quorum"));
  }

  @Test
  @Order(8)
  void theDemotedClusterFollowsWithoutACopy() throws Exception {
    insert(west.primary(), 4);

    awaitRow(east.instance(1), 4);
    awaitRow(east.instance(2), 4);
    assertThat(identities()).isEqualTo(identities);
    assertThat(status(east, "demotionToken")).isEqualTo(token);
    await().atMost(LONG).until(() -> voters(east).equals("asynchronous"));
  }

  private static void promote(String token) throws IOException {
    ObjectNode spec = Json.object();
    spec.putObject("replica").put("primary", "west").put("promotionToken", token);
    west.patchSpec(spec.toString());
  }

  private static void refuses(String token, String why) throws Exception {
    promote(token);
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(west.api().events())
                .filteredOn(event -> event.path("reason").asText().equals("PromotionTokenRefused"))
                .extracting(event -> event.path("message").asText())
                .anyMatch(message -> message.contains(why)));
    assertThat(west.primary().isWritable()).isFalse();
  }

  private static String with(String field, String value) throws IOException {
    ObjectNode json = Json.parse(Base64.getDecoder().decode(token)).put(field, value);
    return Base64.getEncoder().encodeToString(json.toString().getBytes(UTF_8));
  }

  private static void insert(TestInstance primary, int row) throws Exception {
    primary.query("INSERT INTO numbers VALUES (" + row + ")");
  }

  /// In a session that is there already, so that it is the new primary's first transaction.
  private static CompletableFuture<Void> insertAsSoonAsPossible(TestInstance instance, int row) {
    return CompletableFuture.runAsync(() -> {
      try (var connection = instance.connect();
          var statement = connection.createStatement()) {
        connection.setNetworkTimeout(Runnable::run, 60_000);
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

  private static void awaitRow(TestInstance instance, int row) {
    await()
        .ignoreExceptions()
        .pollInterval(Duration.ofMillis(50))
        .atMost(LONG)
        .until(() -> instance.query("SELECT count(*) FROM numbers WHERE id = " + row).equals("1"));
  }

  /// Who streams from an instance, and whether commits wait for it.
  private static List<String> replication(TestInstance instance) {
    List<String> all = new ArrayList<>();
    for (JsonNode standby : instance.status().path("replicationInfo")) {
      all.add(standby.path("applicationName").asText() + " " + standby.path("syncState").asText());
    }
    all.sort(null);
    return all;
  }

  private static String voters(TestCluster cluster) {
    return Json.annotation(
        cluster.api().get(Resource.LEASES, TestCluster.NAMESPACE, TestCluster.NAME),
        "leadership.howdah.dev/voters");
  }

  private static String status(TestCluster cluster, String field) {
    return cluster
        .api()
        .get(Resource.CLUSTERS, TestCluster.NAMESPACE, TestCluster.NAME)
        .path("status")
        .path(field)
        .asText("");
  }

  /// Changes when an instance is cloned.
  private static List<String> identities() throws IOException {
    return List.of(identity(east.instance(1)), identity(east.instance(2)));
  }

  private static String identity(TestInstance instance) throws IOException {
    return Files.readString(instance.data().resolveSibling("howdah").resolve("identity")).strip();
  }
}
