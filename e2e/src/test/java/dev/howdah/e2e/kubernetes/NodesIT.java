// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What happens to a cluster when nodes are drained, lose power or lose their network, and when the
/// API server is away.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "kubernetes",
    disabledReason = "needs a Kubernetes: e2e/run brings one up")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NodesIT {
  private static final Duration LONG = Stage.LONG;

  @RegisterExtension static final Stage STAGE = new Stage("nodes");

  private static Database database() {
    return STAGE.database();
  }

  private static void needsFaults() {
    Assumptions.assumeTrue(Faults.available(), "there is no ../shared/kube to make faults with");
  }

  /// The client and what it needs must not be where the fault is.
  private static String primarysNode() throws Exception {
    String node = database().nodeOf(database().primary());
    if (STAGE.writer() != null) {
      STAGE.writer().stop();
      await(
          "the client is gone",
          LONG,
          () -> STAGE.scene().list(dev.howdah.kube.Resource.PODS, "!cnpg.io/cluster").isEmpty());
      database().sql(database().primary(), "truncate rows");
    }
    STAGE.write(database().nodeOf(database().standby()));
    STAGE.begin();
    return node;
  }

  @Test
  @Order(10)
  void isHealthy() throws Exception {
    STAGE.build(3);
  }

  @Test
  @Order(20)
  void givesUpADrainedNode() throws Exception {
    String node = primarysNode();
    String before = database().primary();
    try {
      STAGE
          .scene()
          .attempt(
              "",
              Duration.ofSeconds(120),
              "drain",
              node,
              "--pod-selector=cnpg.io/cluster=db",
              "--delete-emptydir-data",
              "--timeout=110s");
      await("another primary", LONG, () -> !database().primary().equals(before));
      await(
          "the node is empty",
          LONG,
          () ->
              database().pods().keySet().stream()
                  .noneMatch(pod -> database().nodeOf(pod).equals(node)));
    } finally {
      STAGE.scene().kubectl("uncordon", node);
    }
    database().awaitHealthy(3, LONG);
    STAGE.check("primary's node drained");
  }

  @Test
  @Order(30)
  void goesOnWithoutTheNodeThatLostPower() throws Exception {
    needsFaults();
    String node = primarysNode();
    String before = database().primary();
    Faults.crash(node);
    try {
      await("another primary", Duration.ofSeconds(60), () -> !database().primary().equals(before));
      STAGE.writer().awaitProgress(Duration.ofSeconds(30));
    } finally {
      Faults.restart(node);
    }
    database().awaitHealthy(3, LONG);
    assertThat(database().primary()).isNotEqualTo(before);
    STAGE.check("primary's node crashed");
  }

  @Test
  @Order(40)
  void keepsItsPrimaryWithoutTheApiServer() throws Exception {
    needsFaults();
    Stage.secondGroup();
    primarysNode();
    String before = database().primary();
    Faults.api("stop");
    try {
      Thread.sleep(Duration.ofSeconds(30));
    } finally {
      Faults.api("start");
    }
    await("the API server is back", LONG, () -> database().primary().equals(before));
    database().awaitHealthy(3, LONG);
    assertThat(database().primary()).as("no needless failover").isEqualTo(before);
    STAGE.check("API server away for 30 s");
  }

  @Test
  @Order(50)
  void keepsItsPrimaryWhoseNodeLosesTheApiServerAlone() throws Exception {
    needsFaults();
    Stage.secondGroup();
    String node = primarysNode();
    String before = database().primary();
    Faults.cutApi(node);
    try {
      Thread.sleep(Duration.ofSeconds(45));
    } finally {
      Faults.heal(node);
    }
    database().awaitHealthy(3, LONG);
    Stage.say(
        "primary's node cut from the API server: primary "
            + (database().primary().equals(before) ? "kept" : "moved"));
    STAGE.check("primary's node cut from the API server for 45 s");
  }

  /// A client on either side of the cut writes all the time. What the side that was cut off still
  /// acknowledges must be there in the end as well: nobody may have written beside it.
  @Test
  @Order(60)
  void hasNeverTwoWritablePrimariesWhenTheNetworkIsCut() throws Exception {
    needsFaults();
    Stage.secondGroup();
    String node = primarysNode();
    String before = database().primary();
    String address = database().pods().get(before).at("/status/podIP").asText();
    String password = password();
    database().sql(before, "create table if not exists cut (n int primary key)");
    database().sql(before, "grant all on cut to app");
    var acknowledged = new ArrayList<Integer>();
    Faults.cut(node);
    try {
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      for (int n = 1; System.nanoTime() < end; n++) {
        var ended =
            Faults.on(
                node,
                "timeout",
                "2",
                "psql",
                "-qAt",
                "host="
                    + address
                    + " user=app dbname=app sslmode=require connect_timeout=1 password="
                    + password,
                "-c",
                "insert into cut values (" + n + ")");
        if (ended.exit() == 0) {
          acknowledged.add(n);
        }
        Thread.sleep(50);
      }
      await("another primary", Duration.ofSeconds(60), () -> !database().primary().equals(before));
    } finally {
      Faults.heal(node);
    }
    database().awaitHealthy(3, LONG);
    for (int n : acknowledged) {
      assertThat(database().sql(database().primary(), "select count(*) from cut where n = " + n))
          .as("row " + n + " of the side that was cut off")
          .isEqualTo("1");
    }
    Stage.say(
        "primary's node cut off: it acknowledged %d rows before it stopped, all kept"
            .formatted(acknowledged.size()));
    STAGE.check("primary's node cut from everything for 60 s");
  }

  private static String password() throws Exception {
    return new String(
        java.util.Base64.getDecoder()
            .decode(
                STAGE
                    .scene()
                    .inNamespace("get", "secret", "db-app", "-o", "jsonpath={.data.password}")),
        java.nio.charset.StandardCharsets.UTF_8);
  }
}
