// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The operator's release is upgraded to an image with another instance manager, and rolled back,
/// while a client writes. Each instance manager is replaced beside the running PostgreSQL: no
/// server, no container and no pod is restarted, and the primary keeps its Lease.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "kubernetes",
    disabledReason = "needs a Kubernetes: e2e/run brings one up")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OperatorUpgradeIT {
  /// Tag of the other image, which `e2e/next-image` makes.
  private static final String NEXT = System.getProperty("howdah.e2e.next", "");

  private static final Duration LONG = Stage.LONG;

  @RegisterExtension static final Stage STAGE = new Stage("upgrade");

  private static boolean upgraded;

  private static Database database() {
    return STAGE.database();
  }

  /// What must not change, of each instance: the pod, the starts of its container, the server.
  private static Map<String, String> incarnations() throws Exception {
    var found = new TreeMap<String, String>();
    for (Map.Entry<String, JsonNode> pod : database().pods().entrySet()) {
      found.put(
          pod.getKey(),
          String.join(
              " ",
              pod.getValue().at("/metadata/uid").asText(),
              pod.getValue().at("/status/containerStatuses/0/restartCount").asText(),
              database().sql(pod.getKey(), "select pg_postmaster_start_time()")));
    }
    found.put(
        "term",
        STAGE.scene().inNamespace("get", "lease", "db", "-o", "jsonpath={.spec.leaseTransitions}"));
    return found;
  }

  /// The folder of the instance manager that an instance starts with from now on.
  private static String program(String pod) throws Exception {
    return STAGE
        .scene()
        .inNamespace("exec", pod, "-c", "postgres", "--", "readlink", "-f", "/controller/manager");
  }

  private static Map<String, String> programs() throws Exception {
    var found = new TreeMap<String, String>();
    for (String pod : database().pods().keySet()) {
      found.put(pod, program(pod));
    }
    return found;
  }

  private static void helm(String... words) throws Exception {
    var ended = Helm.run(words);
    assertThat(ended.exit()).as(ended.said()).isZero();
  }

  @AfterAll
  static void rollBack() throws Exception {
    if (upgraded) {
      helm("rollback", "howdah", "-n", "howdah-system", "--wait", "--timeout", "2m");
    }
  }

  @Test
  @Order(10)
  void isHealthy() throws Exception {
    Stage.secondGroup();
    Assumptions.assumeFalse(
        NEXT.isEmpty(), "there is no image of another version: -Dhowdah.e2e.next");
    STAGE.build(3);
    STAGE.write("");
  }

  @Test
  @Order(20)
  void goesOnWhenTheOperatorIsUpgraded() throws Exception {
    Stage.secondGroup();
    Assumptions.assumeFalse(
        NEXT.isEmpty(), "there is no image of another version: -Dhowdah.e2e.next");
    upgraded = true;
    replaced(
        "operator upgraded",
        "upgrade",
        "howdah",
        Helm.OPERATOR,
        "--reuse-values",
        "--set",
        "image.tag=" + NEXT);
  }

  @Test
  @Order(30)
  void goesOnWhenTheOperatorIsRolledBack() throws Exception {
    Stage.secondGroup();
    Assumptions.assumeTrue(upgraded, "it was not upgraded");
    upgraded = false;
    replaced("operator rolled back", "rollback", "howdah");
  }

  private static void replaced(String what, String... release) throws Exception {
    STAGE.begin();
    Map<String, String> incarnations = incarnations();
    Map<String, String> programs = programs();
    String build = database().object().at("/status/cloudNativePGOperatorHash").asText();
    Instant begin = Instant.now();

    var words = new java.util.ArrayList<>(java.util.List.of(release));
    words.addAll(java.util.List.of("-n", "howdah-system", "--wait", "--timeout", "2m"));
    helm(words.toArray(String[]::new));

    await(
        "another build is offered",
        LONG,
        () -> !database().object().at("/status/cloudNativePGOperatorHash").asText().equals(build));
    for (String pod : programs.keySet()) {
      await("another program of " + pod, LONG, () -> !program(pod).equals(programs.get(pod)));
    }
    database().awaitHealthy(3, LONG);
    assertThat(incarnations()).as("pods, containers, servers, term").isEqualTo(incarnations);
    STAGE.check(
        "%s, three instance managers replaced in %.0f s, no server restarted"
            .formatted(what, Stage.since(begin)));
  }
}
