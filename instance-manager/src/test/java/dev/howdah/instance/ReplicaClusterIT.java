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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
  private static final Duration LONG = TestInstance.LONG;

  private static TestCluster east;
  private static TestCluster west;
  private static Set<Integer> acknowledged = Set.of();
  private static List<String> identities = List.of();
  private static String token = "";
  private static Thread services;

  @BeforeAll
  static void start() throws Exception {
    east = cluster("east");
    west = cluster("west");
    share(east, "east", west);
    share(west, "west", east);
    east.patchSpec(topology("east", "east", "west", west.instance(1)));
    west.patchSpec(topology("west", "east", "east", east.instance(1)));
    services = Thread.ofPlatform().daemon().name("services").start(ReplicaClusterIT::lead);
    east.startPrimary();
    east.joinStandby(2);
    west.instance(1).job("instance", "pgbasebackup");
    west.instance(1).start();
    west.joinStandby(2);
    east.awaitHealthy();
    east.primary().query("CREATE TABLE numbers (id int PRIMARY KEY)");
  }

  @AfterAll
  static void stop() throws Exception {
    services.interrupt();
    services.join();
    try (var _ = east;
        var _ = west) {
      return;
    }
  }

  private static TestCluster cluster(String self) throws Exception {
    return new TestCluster(
        """
        {"instances": 2, "replica": {"self": "%s", "primary": "east"}, %s,
         "bootstrap": {"pg_basebackup": {"source": "east"}},
         "postgresql": {"synchronous": {"method": "any", "number": 1}}}
        """
            .formatted(self, TestCluster.STEADY));
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

  /// Each cluster finds the other one's primary, whoever that is, as its `-rw` service leads there.
  private static void lead() {
    try {
      while (true) {
        lead(east, west);
        lead(west, east);
        Thread.sleep(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void lead(TestCluster follower, TestCluster source) {
    TestInstance primary = source.routed();
    String field = "hostaddr";
    String path = "/spec/externalClusters/0/connectionParameters";
    if (primary != null
        && !cluster(follower).at(path).path(field).asText().equals(primary.address())) {
      follower
          .api()
          .change(
              Resource.CLUSTERS,
              TestCluster.NAMESPACE,
              TestCluster.NAME,
              cluster -> ((ObjectNode) cluster.at(path)).put(field, primary.address()));
    }
  }

  /// @param upstream the source's primary
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

    west.instance(1).awaitRow(1, LONG);
    west.instance(2).awaitRow(1, LONG);
    assertThat(west.holder()).isEqualTo("main-1");
    await().atMost(LONG).until(() -> west.routed() == west.instance(1));
    assertThat(west.instance(1).isWritable()).isFalse();
    await().atMost(LONG).until(() -> voters(west).equals("asynchronous"));
    awaitReplication(west.instance(1), "main-2 async");
    awaitFollowing(west, "Streaming", "Streams from east");
  }

  @Test
  @Order(2)
  void aStandbyTakesThePlaceOfTheDesignatedPrimary() throws Exception {
    TestInstance lost = west.instance(1);
    west.awaitMember(west.instance(2));
    lost.destroy();
    west.freeFromTheDead(lost);
    insert(east.primary(), 2);

    await().atMost(LONG).until(() -> west.routed() == west.instance(2));
    insert(east.primary(), 3);
    west.instance(2).awaitRow(2, LONG);
    west.instance(2).awaitRow(3, LONG);
    lost.start();
    lost.awaitRow(3, LONG);
    assertThat(west.instance(2).isWritable()).isFalse();
    await().atMost(LONG).until(() -> replication(west.instance(2)).contains("main-1 async"));
  }

  /// East has a main-2 too, which confirms its commits.
  @Test
  @Order(3)
  void theCopyConfirmsNoCommitOfTheOtherCluster() {
    awaitReplication(east.primary(), "main-2 quorum", "west/main-2 async");
  }

  /// Whoever leads it has the log by then, so that nothing is lost with the other cluster.
  @Test
  @Order(4)
  void aDelayedCopyHasTheLogAndShowsItLater() throws Exception {
    west.patchSpec("{\"replica\": {\"minApplyDelay\": \"1h\"}}");
    for (TestInstance instance : west.all()) {
      await()
          .atMost(LONG)
          .until(() -> instance.query("SHOW recovery_min_apply_delay").equals("1h"));
    }
    insert(east.primary(), 6);
    String end = east.primary().query("SELECT pg_current_wal_lsn()");
    for (TestInstance instance : west.all()) {
      await()
          .atMost(LONG)
          .until(() ->
              instance.query("SELECT pg_last_wal_receive_lsn() >= '" + end + "'").equals("t"));
    }

    TestInstance lost = west.primary();
    TestInstance next = west.standbys().getFirst();
    west.awaitMember(next);
    lost.stop();
    await().atMost(LONG).until(() -> west.routed() == next);
    assertThat(next.isWritable()).isFalse();
    assertThat(next.query("SELECT count(*) FROM numbers WHERE id = 6")).isEqualTo("0");

    lost.start();
    west.patchSpec("{\"replica\": {\"minApplyDelay\": null}}");
    next.awaitRow(6, LONG);
    lost.awaitRow(6, LONG);
    await().atMost(LONG).until(() -> replication(next).contains(lost.name() + " async"));
  }

  /// A mistake: nobody was demoted, and the copy stands where the token says.
  @Test
  @Order(5)
  void noTokenIsTakenWhileTheOtherClusterWrites() throws Exception {
    TestInstance designated = west.primary();
    east.primary().asSuperuser("CHECKPOINT");
    String now =
        "SELECT system_identifier || ' ' || timeline_id || ' ' || redo_lsn"
            + " FROM pg_control_system(), pg_control_checkpoint()";
    String checkpoint = east.primary().query(now);
    await()
        .atMost(LONG)
        .until(() -> {
          designated.asSuperuser("CHECKPOINT");
          return designated.query(now).equals(checkpoint);
        });
    String[] words = checkpoint.split(" ");
    promote(
        encode(
            Json.object()
                .put("databaseSystemIdentifier", words[0])
                .put("latestCheckpointTimelineID", words[1])
                .put("latestCheckpointREDOLocation", words[2])));

    awaitEvent("PromotionTokenRefused", "accepts writes");
    assertThat(designated.isWritable()).isFalse();
    assertThat(east.primary().isWritable()).isTrue();
    follow(west, "west", "east", "east", east.primary());
  }

  @Test
  @Order(6)
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
    assertThat(voters(east)).as("nobody else may take a demotion back").contains("main-2");
  }

  @Test
  @Order(7)
  void aTokenOfAnotherPlaceIsRefused() throws Exception {
    refuses("bm90IGEgdG9rZW4=", "can't be read");
    refuses(with("databaseSystemIdentifier", "4711"), "it is of the database system 4711");
    refuses(with("latestCheckpointREDOLocation", "0/1000028"), "past 0/1000028");
  }

  /// It is to be promoted, and the token says that it hasn't everything yet: started again, its
  /// server is no primary either.
  @Test
  @Order(8)
  void aCrashWhileTheTokenIsAwaitedDoesNotPromote() throws Exception {
    promote(with("latestCheckpointREDOLocation", "7/5000028"));
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

  @Test
  @Order(9)
  void whoTakesOverMeanwhileAwaitsTheTokenToo() throws Exception {
    TestInstance before = west.primary();
    TestInstance next = west.standbys().getFirst();
    west.patchStatus("targetPrimary", next.name());

    await().atMost(LONG).until(() -> west.routed() == next);
    await().atMost(LONG).until(() -> replication(next).contains(before.name() + " async"));
    assertThat(next.isWritable()).isFalse();
  }

  /// Its standby is away when it is promoted, and replication is synchronous from the first commit.
  @Test
  @Order(10)
  void thePromotedClusterHasEveryRowAndConfirmsNoneAlone() throws Exception {
    TestInstance next = west.primary();
    TestInstance other = west.standbys().getFirst();
    other.destroy();
    CompletableFuture<Void> confirmed = next.insertAsSoonAsPossible(5);
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
    awaitReplication(next, "east/main-1 async", other.name() + " quorum");
  }

  @Test
  @Order(11)
  void theDemotedClusterFollowsWithoutACopy() throws Exception {
    insert(west.primary(), 4);

    east.instance(1).awaitRow(4, LONG);
    east.instance(2).awaitRow(4, LONG);
    assertThat(identities()).isEqualTo(identities);
    assertThat(status(east, "demotionToken")).isEqualTo(token);
    assertThat(voters(east)).as("its promotion may be taken back too").contains("main-2");
  }

  /// Somebody deleted it, or the control plane was restored, while its holder was down: no other
  /// one knows that it has all that was acknowledged.
  @Test
  @Order(12)
  void aDesignatedPrimaryWhoseLeaseIsLostLeadsAgain() throws Exception {
    TestInstance designated = east.primary();
    TestInstance other = east.standbys().getFirst();
    east.patchSpec("{" + TestCluster.USUAL + "}"); // what it waits for is the length of a Lease
    designated.destroy();
    east.makeLease();
    insert(west.primary(), 10);
    designated.start();

    await().atMost(LONG).until(() -> east.holder().equals(designated.name()));
    designated.awaitRow(10, LONG);
    other.awaitRow(10, LONG);
    assertThat(designated.isWritable()).isFalse();
    await().atMost(LONG).until(() -> voters(east).contains(other.name()));
    String timeline = west.primary().status().path("timeLineID").asText();
    await().atMost(LONG).until(() -> east.leaseField("reached-timeline").equals(timeline));
    east.patchSpec("{" + TestCluster.STEADY + "}");
  }

  @Test
  @Order(13)
  void theyChangePlacesBack() throws Exception {
    String back = demoteWest();
    TestInstance next = east.primary();
    promote(east, "east", back);
    next.awaitWritable();
    await().atMost(LONG).until(() -> status(east, "lastPromotionToken").equals(back));
    assertThat(Writer.rows(next)).containsAll(acknowledged);
    await().atMost(LONG).until(() -> status(east, "demotionToken").isEmpty());

    insert(next, 7);
    west.instance(1).awaitRow(7, LONG);
    west.instance(2).awaitRow(7, LONG);
  }

  /// Whoever stands there: the Lease knows that the log went on since.
  @Test
  @Order(14)
  void theTokenOfAnEarlierChangeOfPlacesIsRefused() throws Exception {
    refuses(token, "it is of an earlier demotion, on timeline 1");
    follow(west, "west", "east", "east", east.primary());
  }

  @Test
  @Order(15)
  void withoutATokenTheCopyIsPromotedWhereItStands() throws Exception {
    for (TestInstance lost : east.all()) {
      lost.destroy();
    }
    TestInstance next = west.primary();
    west.patchSpec("{\"replica\": {\"primary\": \"west\", \"promotionToken\": null}}");

    next.awaitWritable();
    assertThat(Writer.rows(next)).containsAll(acknowledged);
    insert(next, 8);
  }

  /// It wrote on when the other one had been promoted without it.
  @Test
  @Order(16)
  void aClusterThatWentAnotherWaySaysSo() throws Exception {
    for (TestInstance lost : east.all()) {
      lost.start();
    }
    await().atMost(LONG).until(() -> east.primary().isWritable());
    insert(east.primary(), 9);
    follow(east, "east", "west", "west", west.primary());

    await().atMost(LONG).until(() -> !status(east, "demotionToken").isEmpty());
    awaitFollowing(east, "Diverged", "west went on from an earlier point than this cluster is at");
    assertThat(east.primary().isWritable()).isFalse();
  }

  /// While a client writes to it.
  private static String demoteWest() throws Exception {
    try (var writer = new Writer(west, 10_000_000)) {
      writer.awaitProgress();
      follow(west, "west", "east", "east", east.primary());
      await().atMost(LONG).until(() -> !status(west, "demotionToken").isEmpty());
      var all = new HashSet<>(acknowledged);
      all.addAll(writer.acknowledged());
      acknowledged = all;
    }
    return status(west, "demotionToken");
  }

  private static void follow(
      TestCluster cluster, String self, String primary, String source, TestInstance upstream)
      throws IOException {
    cluster.patchSpec("{\"replica\": {\"promotionToken\": null}}");
    cluster.patchSpec(topology(self, primary, source, upstream));
  }

  private static void promote(String token) throws IOException {
    promote(west, "west", token);
  }

  private static void promote(TestCluster cluster, String self, String token) throws IOException {
    ObjectNode spec = Json.object();
    spec.putObject("replica").put("primary", self).put("promotionToken", token);
    cluster.patchSpec(spec.toString());
  }

  private static void refuses(String token, String why) throws Exception {
    promote(token);
    awaitEvent("PromotionTokenRefused", why);
    assertThat(west.primary().isWritable()).isFalse();
  }

  private static void awaitEvent(String reason, String why) {
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(west.api().events())
                .filteredOn(event -> event.path("reason").asText().equals(reason))
                .extracting(event -> event.path("message").asText())
                .anyMatch(message -> message.contains(why)));
  }

  private static String with(String field, String value) throws IOException {
    return encode(Json.parse(Base64.getDecoder().decode(token)).put(field, value));
  }

  private static String encode(ObjectNode json) {
    return Base64.getEncoder().encodeToString(json.toString().getBytes(UTF_8));
  }

  private static void insert(TestInstance primary, int row) throws Exception {
    primary.query("INSERT INTO numbers VALUES (" + row + ")");
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

  private static void awaitReplication(TestInstance instance, String... expected) {
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(replication(instance)).containsExactly(expected));
  }

  private static String voters(TestCluster cluster) {
    return cluster.leaseField("voters");
  }

  private static ObjectNode cluster(TestCluster cluster) {
    return cluster.api().get(Resource.CLUSTERS, TestCluster.NAMESPACE, TestCluster.NAME);
  }

  private static String status(TestCluster cluster, String field) {
    return cluster(cluster).path("status").path(field).asText("");
  }

  private static void awaitFollowing(TestCluster cluster, String reason, String message) {
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(cluster(cluster).path("status").path("conditions"))
                .filteredOn(condition -> condition.path("type").asText().equals("ReplicaFollowing"))
                .singleElement()
                .satisfies(condition -> {
                  assertThat(condition.path("reason").asText()).isEqualTo(reason);
                  assertThat(condition.path("message").asText()).contains(message);
                }));
  }

  /// Changes when an instance is cloned.
  private static List<String> identities() throws IOException {
    return List.of(identity(east.instance(1)), identity(east.instance(2)));
  }

  private static String identity(TestInstance instance) throws IOException {
    return Files.readString(instance.data().resolveSibling("howdah").resolve("identity")).strip();
  }
}
