// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.recovery.DatabaseRestoreDecision.Begin;
import dev.howdah.operator.recovery.DatabaseRestoreDecision.Queue;
import dev.howdah.operator.recovery.DatabaseRestoreDecision.Temporary;
import dev.howdah.operator.recovery.DatabaseRestoreDecision.Wait;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatabaseRestoreDecisionTest {
  private static final Instant NOW = Instant.parse("2026-11-22T04:00:00Z");
  private static final Temporary NONE = new Temporary(false, "", "");
  private static final String REPLACE = "\"database\": \"app\", \"replace\": true";

  private static ObjectNode restore(String name, int second, String spec, String phase) {
    try {
      return Json.parse(
          """
          {"metadata": {"name": "%1$s", "namespace": "n", "uid": "u-%1$s",
                        "creationTimestamp": "2026-11-22T03:00:%2$02dZ"},
           "spec": {"cluster": {"name": "a"}, %3$s}, "status": {"phase": "%4$s"}}
          """
              .formatted(name, second, spec, phase));
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String first(ObjectNode restore, ObjectNode... others) {
    return DatabaseRestoreDecision.first(restore, List.of(others));
  }

  @Test
  void twoOfOneDatabaseGoOneAfterTheOther() {
    var older = restore("older", 1, REPLACE, "");
    var younger = restore("younger", 2, REPLACE, "");

    assertThat(first(older, older, younger)).isEmpty();
    assertThat(first(younger, older, younger)).isEqualTo("older");
    assertThat(DatabaseRestoreDecision.of(younger, NONE, "", "older", NOW))
        .isInstanceOfSatisfying(
            Queue.class,
            queue ->
                assertThat(queue.message())
                    .isEqualTo(
                        "DatabaseRestore older fills database app of this Cluster; this one begins when that is over"));
    assertThat(DatabaseRestoreDecision.of(older, NONE, "", "", NOW)).isEqualTo(new Begin());
  }

  @Test
  void whoHasBegunGoesOnAndWhoIsOverIsNotWaitedFor() {
    var older = restore("older", 1, REPLACE, "Waiting");
    var begun = restore("begun", 2, REPLACE, "Recovering");

    assertThat(first(older, begun)).isEqualTo("begun");
    for (var phase : List.of("Completed", "Failed")) {
      assertThat(first(older, restore("over", 0, REPLACE, phase))).isEmpty();
    }
  }

  @Test
  void othersAreNotWaitedFor() {
    var restore = restore("it", 5, REPLACE, "");

    assertThat(
            first(
                restore,
                restore("beside", 1, "\"database\": \"app\", \"into\": \"then\"", "Copying"),
                restore("another", 1, "\"database\": \"shop\", \"replace\": true", "Copying")))
        .isEmpty();
    assertThat(first(restore, restore("into", 1, "\"database\": \"old\", \"into\": \"app\"", "")))
        .isEqualTo("into");
    var elsewhere = restore("elsewhere", 1, REPLACE, "Copying");
    elsewhere.withObject("/spec/cluster").put("name", "b");
    assertThat(first(restore, elsewhere)).isEmpty();
  }

  @Test
  void waitsQuietlyOnceThatIsSaid() {
    var waiting = restore("younger", 2, REPLACE, "Waiting");
    var queue =
        (Queue) DatabaseRestoreDecision.of(restore("y", 2, REPLACE, ""), NONE, "", "older", NOW);
    waiting.withObject("/status").put("message", queue.message());

    assertThat(DatabaseRestoreDecision.of(waiting, NONE, "", "older", NOW))
        .isInstanceOf(Wait.class);
    assertThat(DatabaseRestoreDecision.of(waiting, NONE, "", "", NOW)).isEqualTo(new Begin());
  }
}
