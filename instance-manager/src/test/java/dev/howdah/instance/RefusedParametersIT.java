// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// Parameters that only the installed PostgreSQL can judge, and doesn't take: the server runs
/// without them, whenever it starts, and says so. What is unwise is said, too.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RefusedParametersIT {
  private static final Duration LONG = TestInstance.LONG;

  private static TestCluster cluster;
  private static TestInstance primary;

  @BeforeAll
  static void start() throws Exception {
    cluster =
        new TestCluster(
            """
            {"instances": 1, %s, "postgresql": {"parameters":
              {"log_timezone": "Nowhere/Land", "wrok_mem": "8MB", "work_mem": "7MB"}}}
            """
                .formatted(TestCluster.STEADY));
    primary = cluster.startPrimary();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  @Order(1)
  void startsWithoutThem() throws Exception {
    assertThat(primary.query("SHOW work_mem")).isEqualTo("7MB");
    awaitEvent("spec.postgresql.parameters.log_timezone", "\"log_timezone\": \"Nowhere/Land\"");
    awaitEvent("spec.postgresql.parameters.wrok_mem", "unrecognized configuration parameter");
  }

  @Test
  @Order(2)
  void takesWhatIsGoodOfAChange() throws Exception {
    cluster.patchSpec(
        """
        {"postgresql": {"parameters": {"log_timezone": "Europe/Berlin", "work_mem": "9MB", "lc_messages": "xx_YY"}}}
        """);

    await().atMost(LONG).until(() -> primary.query("SHOW work_mem").equals("9MB"));
    assertThat(primary.query("SHOW log_timezone")).isEqualTo("Europe/Berlin");
    awaitEvent("spec.postgresql.parameters.lc_messages", "xx_YY");
  }

  @Test
  @Order(3)
  void saysWhatIsUnwise() throws Exception {
    cluster.patchSpec(
        """
        {"postgresql": {"parameters": {"min_wal_size": "2GB", "max_wal_size": "1GB"}}}
        """);

    awaitEventOf("ConfigurationUnwise", "spec.postgresql.parameters.min_wal_size", "max_wal_size");
  }

  @Test
  @Order(4)
  void startsAgainAfterACrash() throws Exception {
    TestInstance.signal("KILL", primary.postmaster());

    primary.awaitWritable();
    assertThat(primary.query("SHOW work_mem")).isEqualTo("9MB");
  }

  private static void awaitEvent(String... words) {
    awaitEventOf("ConfigurationRefused", words);
  }

  private static void awaitEventOf(String reason, String... words) {
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(said(reason)).anyMatch(note -> holds(note, words)));
  }

  private static boolean holds(String note, String... words) {
    return List.of(words).stream().allMatch(note::contains);
  }

  private static List<String> said(String reason) {
    return cluster.api().events().stream()
        .filter(event -> event.path("reason").asText().equals(reason))
        .map(event -> event.path("message").asText())
        .toList();
  }
}
