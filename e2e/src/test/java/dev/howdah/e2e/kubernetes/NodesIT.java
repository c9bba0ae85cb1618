// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
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
      await("another primary", LONG, () -> !database().primary().equals(before));
      STAGE.writer().awaitProgress(LONG);
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
    withoutTheApiServer("stop", "start", "API server away for 60 s");
  }

  @Test
  @Order(45)
  void keepsItsPrimaryWhileTheApiServerHangs() throws Exception {
    withoutTheApiServer("freeze", "thaw", "API server hanging for 60 s");
  }

  private static void withoutTheApiServer(String away, String back, String what) throws Exception {
    needsFaults();
    Stage.secondGroup();
    primarysNode();
    String before = database().primary();
    String term = term();
    Faults.api(away);
    try {
      Thread.sleep(Duration.ofSeconds(60));
    } finally {
      Faults.api(back);
    }
    await("the API server is back", LONG, () -> !database().primary().isEmpty());
    database().awaitHealthy(3, LONG);
    assertThat(database().primary()).as("no needless failover").isEqualTo(before);
    assertThat(term()).as("no needless failover and back").isEqualTo(term);
    STAGE.check(what);
  }

  /// Clients on either side of the cut write all the time, to each instance by its address: those
  /// that wait for no standby tell who takes writes at all, those that wait must lose nothing.
  @Test
  @Order(50)
  void goesOnWhenThePrimarysNodeLosesTheApiServerAlone() throws Exception {
    needsFaults();
    Stage.secondGroup();
    String node = primarysNode();
    String before = database().primary();
    try (var sides = Sides.around(database(), node)) {
      Faults.cutApi(node);
      try {
        Thread.sleep(Duration.ofSeconds(45));
        sides.someoneTakesRows(Duration.ofSeconds(30));
      } finally {
        Faults.heal(node);
      }
      database().awaitHealthy(3, LONG);
      sides.stop();
      Stage.say(
          "primary's node cut from the API server alone: primary %s; %s"
              .formatted(
                  database().primary().equals(before) ? "kept" : "moved", sides.judge(database())));
    }
    STAGE.check("primary's node cut from the API server for 45 s");
  }

  @Test
  @Order(60)
  void hasNeverTwoWritablePrimariesWhenTheNetworkIsCut() throws Exception {
    needsFaults();
    Stage.secondGroup();
    String node = primarysNode();
    String before = database().primary();
    try (var sides = Sides.around(database(), node)) {
      Faults.cut(node);
      try {
        await(
            "another primary", Duration.ofSeconds(60), () -> !database().primary().equals(before));
        sides.someoneTakesRows(Duration.ofSeconds(30));
        Thread.sleep(Duration.ofSeconds(30));
      } finally {
        Faults.heal(node);
      }
      database().awaitHealthy(3, LONG);
      assertThat(database().primary()).as("the new primary stays").isNotEqualTo(before);
      assertThat(database().sql(before, "select pg_is_in_recovery()"))
          .as(before + " is back as a standby")
          .isEqualTo("t");
      sides.stop();
      Stage.say("primary's node cut off: " + sides.judge(database()));
    }
    STAGE.check("primary's node cut from everything");
  }

  /// How often the leadership has changed.
  private static String term() throws Exception {
    return STAGE
        .scene()
        .inNamespace("get", "lease", "db", "-o", "jsonpath={.spec.leaseTransitions}");
  }
}
