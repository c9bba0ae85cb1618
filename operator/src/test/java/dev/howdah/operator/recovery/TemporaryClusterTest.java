// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TemporaryClusterTest {
  private static final Instant NOW = Instant.parse("2026-11-22T04:00:00Z");
  private static final String LONG = "bring-back-the-orders-of-last-week-";

  private static ObjectNode owner(String name, String uid) {
    ObjectNode owner = Json.object(Resource.DATABASE_RESTORES, "default", name);
    owner.withObject("/metadata").put("uid", uid);
    return owner;
  }

  private static ObjectNode source() throws IOException {
    return Json.parse(
        """
        {"metadata": {"name": "shop"}, "spec": {"storage": {"size": "1Gi"},
         "postgresql": {"parameters": {"work_mem": "8MB", "max_logical_replication_workers": "8"},
                        "shared_preload_libraries": ["pg_cron"]},
         "backup": {"barmanObjectStore": {"destinationPath": "s3://b"}}}}
        """);
  }

  private static ObjectNode manifest(ObjectNode owner) throws IOException {
    return manifest(owner, source());
  }

  private static ObjectNode manifest(ObjectNode owner, JsonNode source) {
    return TemporaryCluster.manifest(
        Resource.DATABASE_RESTORES,
        owner,
        TemporaryCluster.name("dbr", owner, NOW),
        source,
        MissingNode.getInstance(),
        MissingNode.getInstance());
  }

  @Test
  void namesDifferBetweenObjectsWhoseNamesBeginAlike() {
    String one = TemporaryCluster.name("drill", owner(LONG + "a", "1a2b3c4d-5e6f"), NOW);
    String other = TemporaryCluster.name("drill", owner(LONG + "b", "9f8e7d6c-5e6f"), NOW);

    assertThat(one)
        .isEqualTo("drill-bring-back-the-orders-o-1a2b3c-1122040000")
        .isNotEqualTo(other);
    assertThat(one.length()).isLessThanOrEqualTo(50);
  }

  @Test
  void belongsToOneObjectOnlyWhateverItsName() throws Exception {
    var owner = owner("orders", "1a2b3c4d-5e6f");
    var cluster = manifest(owner);

    assertThat(TemporaryCluster.isFor(owner, cluster)).isTrue();
    assertThat(TemporaryCluster.isFor(owner("orders", "1a2b3c4d-0000"), cluster)).isFalse();
    assertThat(TemporaryCluster.isFor(owner("others", "1a2b3c4d-5e6f"), cluster)).isFalse();
  }

  @Test
  void runsNeitherSubscriptionsNorJobsOfItsSource() throws Exception {
    var parameters = manifest(owner("orders", "1a2b3c4d-5e6f")).at("/spec/postgresql/parameters");

    assertThat(parameters.path("max_logical_replication_workers").asText()).isEqualTo("0");
    assertThat(parameters.path("cron.launch_active_jobs").asText()).isEqualTo("off");
    assertThat(parameters.path("work_mem").asText()).isEqualTo("8MB");
  }

  @Test
  void preloadsOnlyWhatIsKnownToBeQuietOrIsAllowed() throws Exception {
    var source = source();
    var libraries = source.withObject("/spec/postgresql").putArray("shared_preload_libraries");
    libraries.add("pg_net").add("pg_stat_statements").add("$libdir/pg_cron.so").add("citus");
    source.withObject("/metadata/annotations").put("howdah.dev/preload-in-copies", "citus, other");

    var copy = manifest(owner("orders", "1a2b3c4d-5e6f"), source);

    assertThat(copy.at("/spec/postgresql/shared_preload_libraries").valueStream())
        .extracting(JsonNode::asText)
        .containsExactly("pg_stat_statements", "$libdir/pg_cron.so", "citus");
    assertThat(copy.at("/spec/postgresql/parameters/cron.launch_active_jobs").asText())
        .isEqualTo("off");
    copy.putObject("status")
        .putArray("conditions")
        .addObject()
        .put("type", TemporaryClusters.RECOVERED)
        .put("status", "False")
        .put("message", "it failed");
    assertThat(TemporaryClusters.failure(copy))
        .startsWith("it failed; it did not preload pg_net, which")
        .endsWith("annotation howdah.dev/preload-in-copies");
  }
}
