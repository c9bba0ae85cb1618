// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.recovery.DrillDecision.Temporary;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DrillDecisionTest {
  private static final Instant NOW = Instant.parse("2026-11-22T04:00:00Z");
  private static final Temporary NONE = new Temporary(false, false, "", MissingNode.getInstance());
  private static final Temporary RECOVERING =
      new Temporary(true, false, "", MissingNode.getInstance());
  private static final Temporary READY = new Temporary(true, true, "", MissingNode.getInstance());

  private static ObjectNode drill(String spec, String status) {
    return json(
        "{\"metadata\": {\"name\": \"weekly\", \"annotations\": {}}, \"spec\": %s, \"status\": %s}"
            .formatted(spec, status));
  }

  private static ObjectNode json(String text) {
    try {
      return Json.parse(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static ObjectNode running(String more) {
    return drill(
        "{\"timeoutSeconds\": 600}",
        "{\"current\": {\"name\": \"drill-weekly-1\", \"startedAt\": \"2026-11-22T03:59:00Z\"%s}}"
            .formatted(more));
  }

  @Test
  void beginsWhenItsTimeHasCome() {
    var due =
        drill("{\"schedule\": \"0 0 4 * * *\"}", "{\"lastCheckTime\": \"2026-11-21T12:00:00Z\"}");

    assertThat(DrillDecision.of(due, NONE, "", NOW))
        .isEqualTo(new DrillDecision.Begin(NOW, Instant.parse("2026-11-23T04:00:00Z"), ""));
  }

  @Test
  void waitsUntilThenAndSaysWhen() {
    var fresh = drill("{\"schedule\": \"0 0 5 * * *\"}", "{}");
    var told =
        drill(
            "{\"schedule\": \"0 0 5 * * *\"}",
            "{\"lastCheckTime\": \"2026-11-22T03:00:00Z\", \"nextScheduleTime\": \"2026-11-22T05:00:00Z\"}");

    assertThat(DrillDecision.of(fresh, NONE, "", NOW))
        .isEqualTo(new DrillDecision.Note(NOW, Instant.parse("2026-11-22T05:00:00Z")));
    assertThat(DrillDecision.of(told, NONE, "", NOW)).isInstanceOf(DrillDecision.Wait.class);
  }

  @Test
  void goesOnAfterAClockThatWasWrongOnce() {
    var ahead =
        drill(
            "{\"schedule\": \"0 0 5 * * *\"}",
            "{\"lastCheckTime\": \"2031-01-01T00:00:00Z\", \"nextScheduleTime\": \"2026-11-22T05:00:00Z\"}");

    assertThat(DrillDecision.of(ahead, NONE, "", NOW))
        .isEqualTo(new DrillDecision.Note(NOW, Instant.parse("2026-11-22T05:00:00Z")));
  }

  @Test
  void aSuspendedOneRunsOnlyWhenAsked() {
    var suspended =
        drill(
            "{\"schedule\": \"0 0 4 * * *\", \"suspend\": true}",
            "{\"lastCheckTime\": \"2026-11-21T12:00:00Z\"}");
    assertThat(DrillDecision.of(suspended, NONE, "", NOW)).isInstanceOf(DrillDecision.Wait.class);

    suspended.withObject("/metadata/annotations").put(DrillDecision.REQUEST, "now");
    assertThat(DrillDecision.of(suspended, NONE, "", NOW)).isInstanceOf(DrillDecision.Begin.class);

    suspended.withObject("/status").put("answeredRequest", "now");
    assertThat(DrillDecision.of(suspended, NONE, "", NOW)).isInstanceOf(DrillDecision.Wait.class);
  }

  @Test
  void makesWhatWasBegunAlsoAfterTheOperatorDied() {
    assertThat(DrillDecision.of(running(""), NONE, "", NOW)).isEqualTo(new DrillDecision.Create());
    assertThat(DrillDecision.of(running(""), NONE, "there is no archive", NOW))
        .isEqualTo(new DrillDecision.Finish("there is no archive", MissingNode.getInstance()));
  }

  @Test
  void notesWhenTheServerTakesSessions() {
    assertThat(DrillDecision.of(running(", \"created\": true"), RECOVERING, "", NOW))
        .isInstanceOf(DrillDecision.Wait.class);
    assertThat(DrillDecision.of(running(", \"created\": true"), READY, "", NOW))
        .isEqualTo(new DrillDecision.Recovered());
  }

  @Test
  void succeedsWhenAllChecksPassed() {
    JsonNode report = json("{\"checks\": [{\"name\": \"a\", \"passed\": true}]}");

    assertThat(
            DrillDecision.of(
                running(", \"created\": true"), new Temporary(true, true, "", report), "", NOW))
        .isEqualTo(new DrillDecision.Finish("", report));
  }

  @Test
  void whatWasNotCheckedIsSaidAndDoesntFail() {
    JsonNode little =
        json(
            """
            {"backupId": "b", "recoverySeconds": 20, "checks": [
              {"name": "data", "passed": true, "message": "2 tables"},
              {"name": "amcheck", "message": "not checked: it isn't installed"},
              {"name": "queries", "message": "not checked: there are none"}]}
            """);
    JsonNode empty =
        json(
            "{\"checks\": [{\"name\": \"data\", \"message\": \"not checked: 0 tables\"}, {\"name\": \"amcheck app\", \"passed\": true}]}");
    JsonNode much =
        json(
            "{\"checks\": [{\"name\": \"data\", \"passed\": true}, {\"name\": \"amcheck app\", \"passed\": true}]}");

    assertThat(
            DrillDecision.of(
                running(", \"created\": true"), new Temporary(true, true, "", little), "", NOW))
        .isEqualTo(new DrillDecision.Finish("", little));
    assertThat(DrillSummary.text(little))
        .isEqualTo(
            "backup b was restored: recovered in 20 s; checked: data; not checked: amcheck (it isn't installed), queries (there are none)");
    assertThat(DrillSummary.provesLittle(little)).isTrue();
    assertThat(DrillSummary.provesLittle(empty)).isTrue();
    assertThat(DrillSummary.provesLittle(much)).isFalse();
  }

  @Test
  void failsWithWhatWasFound() {
    JsonNode report =
        json(
            "{\"checks\": [{\"name\": \"rows\", \"passed\": false, \"message\": \"is f, not t\"}]}");

    assertThat(
            DrillDecision.of(
                running(", \"created\": true"), new Temporary(true, true, "", report), "", NOW))
        .isEqualTo(new DrillDecision.Finish("rows: is f, not t", report));
  }

  @Test
  void failsWhenTheRecoveryDoesOrTheClusterVanishesOrTimeRunsOut() {
    var broken = new Temporary(true, false, "no target backup found", MissingNode.getInstance());
    assertThat(failure(running(", \"created\": true"), broken, NOW))
        .isEqualTo("no target backup found");
    assertThat(failure(running(", \"created\": true"), NONE, NOW)).contains("was deleted");
    assertThat(failure(running(", \"created\": true"), RECOVERING, NOW.plusSeconds(600)))
        .contains("not over after 600 s (while recovering)", "spec.timeoutSeconds");
  }

  private static String failure(ObjectNode drill, Temporary temporary, Instant now) {
    return ((DrillDecision.Finish) DrillDecision.of(drill, temporary, "", now)).failure();
  }

  @Test
  void recordsRecoveryTimeAndRecoveryPoint() {
    JsonNode run =
        DrillController.run(
            json(
                "{\"name\": \"d\", \"startedAt\": \"2026-11-22T03:59:00Z\", \"recoveredAt\": \"2026-11-22T03:59:30Z\"}"),
            "",
            json("{\"newestCommit\": \"2026-11-22T03:58:55.5Z\", \"bytes\": 7, \"checks\": []}"),
            NOW);

    assertThat(run.path("recoverySeconds").asLong()).isEqualTo(30);
    assertThat(run.path("recoveryPointSeconds").asLong()).isEqualTo(4);
    assertThat(run.path("result").asText()).isEqualTo("Succeeded");
  }

  @Test
  void theTemporaryClusterRecoversFromTheSourceAndArchivesNothing() {
    ObjectNode source =
        json(
            """
            {"metadata": {"name": "a", "namespace": "n"},
             "spec": {"instances": 3, "storage": {"size": "1Gi"},
                      "backup": {"barmanObjectStore": {"destinationPath": "s3://b/x"}}},
             "status": {"image": "postgres:15"}}
            """);
    ObjectNode owner =
        json(
            "{\"kind\": \"RestoreDrill\", \"metadata\": {\"name\": \"weekly\", \"namespace\": \"n\", \"uid\": \"u\"}}");

    ObjectNode made =
        TemporaryCluster.manifest(
            dev.howdah.kube.Resource.RESTORE_DRILLS,
            owner,
            TemporaryCluster.name("drill", owner, NOW),
            source,
            MissingNode.getInstance(),
            MissingNode.getInstance());

    assertThat(Json.name(made)).isEqualTo("drill-weekly-u-1122040000");
    assertThat(made.at("/spec/backup").isMissingNode()).isTrue();
    assertThat(made.at("/spec/instances").asInt()).isEqualTo(1);
    assertThat(made.at("/spec/imageName").asText()).isEqualTo("postgres:15");
    assertThat(made.at("/spec/externalClusters/0/barmanObjectStore/serverName").asText())
        .isEqualTo("a");
    assertThat(made.at("/metadata/ownerReferences/0/uid").asText()).isEqualTo("u");
  }
}
