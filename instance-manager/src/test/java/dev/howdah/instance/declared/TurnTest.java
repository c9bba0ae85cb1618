// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnTest {
  private static final DeclaredKind KIND =
      new DeclaredKind() {
        @Override
        public Resource resource() {
          return Resource.DATABASES;
        }

        @Override
        public String finalizer() {
          return "cnpg.io/deleteDatabase";
        }

        @Override
        public String reclaimField() {
          return "databaseReclaimPolicy";
        }

        @Override
        public String subject(JsonNode spec) {
          return spec.path("name").asText("");
        }

        @Override
        public ObjectNode apply(ObjectNode object, JsonNode cluster) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void drop(JsonNode spec) {
          throw new UnsupportedOperationException();
        }
      };

  private static ObjectNode cluster() {
    ObjectNode cluster = Json.object(Resource.CLUSTERS, "db", "shop");
    cluster.putObject("spec");
    return cluster;
  }

  private static ObjectNode database(String name, String made) {
    ObjectNode database = Json.object(Resource.DATABASES, "db", name);
    database
        .withObject("/metadata")
        .put("uid", name)
        .put("generation", 1)
        .put("creationTimestamp", made);
    database.putObject("spec").put("name", "orders").putObject("cluster").put("name", "shop");
    return database;
  }

  private static ObjectNode applied(ObjectNode database) {
    database.withObject("/metadata").putArray("finalizers").add(KIND.finalizer());
    database.putObject("status").put("applied", true).put("observedGeneration", 1);
    return database;
  }

  private static ObjectNode deleted(ObjectNode database, String policy) {
    database.withObject("/metadata").put("deletionTimestamp", "2026-03-02T00:00:00Z");
    database.withObject("/spec").put("databaseReclaimPolicy", policy);
    return database;
  }

  private static Turn turn(ObjectNode database, ObjectNode... others) {
    List<ObjectNode> all = new ArrayList<>(List.of(others));
    all.add(database);
    return Turn.of(KIND, database, all, cluster(), false);
  }

  @Test
  void whatIsNewIsAppliedAndWhatIsDoneRests() {
    var database = database("a", "2026-01-01T00:00:00Z");

    assertThat(turn(database)).isEqualTo(new Turn.Applies());
    assertThat(turn(applied(database))).isEqualTo(new Turn.Rest());
    assertThat(Turn.of(KIND, database, List.of(database), cluster(), true))
        .as("a new primary looks at everything once")
        .isEqualTo(new Turn.Applies());
  }

  @Test
  void whatFailedOrHasChangedIsAppliedAgain() {
    var changed = applied(database("a", "2026-01-01T00:00:00Z"));
    changed.withObject("/metadata").put("generation", 2);
    var failed = applied(database("b", "2026-01-01T00:00:00Z"));
    failed.withObject("/status").put("applied", false);

    assertThat(turn(changed)).isEqualTo(new Turn.Applies());
    assertThat(turn(failed)).isEqualTo(new Turn.Applies());
  }

  @Test
  void ofTwoForOneDatabaseTheOlderCountsAndTheOtherNeverDropsIt() {
    var older = database("older", "2026-01-01T00:00:00Z");
    var newer = database("newer", "2026-01-02T00:00:00Z");

    assertThat(turn(older, newer)).isEqualTo(new Turn.Applies());
    assertThat(turn(newer, older))
        .isEqualTo(new Turn.Fails("\"orders\" is already managed by object \"older\""));
    assertThat(turn(deleted(applied(newer), "delete"), older)).isEqualTo(new Turn.Leaves(false));
  }

  @Test
  void deletionDropsOnlyWhereThatIsAskedFor() {
    var kept = deleted(applied(database("a", "2026-01-01T00:00:00Z")), "retain");
    var dropped = deleted(applied(database("a", "2026-01-01T00:00:00Z")), "delete");
    var without = deleted(database("a", "2026-01-01T00:00:00Z"), "delete");

    assertThat(turn(kept)).isEqualTo(new Turn.Leaves(false));
    assertThat(turn(dropped)).isEqualTo(new Turn.Leaves(true));
    assertThat(turn(without)).isEqualTo(new Turn.Rest());
  }

  @Test
  void aReplicaClusterWaitsAndLetsGoWithoutSql() {
    ObjectNode replica = cluster();
    replica.withObject("/spec/replica").put("enabled", true).put("source", "other");
    var database = database("a", "2026-01-01T00:00:00Z");

    assertThat(Turn.of(KIND, database, List.of(database), replica, false))
        .isEqualTo(new Turn.Waits("waiting for the cluster to become primary"));
    var leaving = deleted(applied(database), "delete");
    assertThat(Turn.of(KIND, leaving, List.of(leaving), replica, false))
        .isEqualTo(new Turn.Leaves(false));
  }

  @Test
  void anotherClustersObjectsAreLeftAlone() {
    var database = database("a", "2026-01-01T00:00:00Z");
    database.withObject("/spec/cluster").put("name", "other");

    assertThat(turn(database)).isEqualTo(new Turn.Rest());
  }
}
