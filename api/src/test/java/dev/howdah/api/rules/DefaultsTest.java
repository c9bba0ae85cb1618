// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.corpus.Corpus;
import java.util.List;
import org.junit.jupiter.api.Test;

class DefaultsTest {
  private static ObjectNode cluster(String name) {
    return Corpus.valid().get("Cluster/" + name).deepCopy();
  }

  private static JsonNode defaulted(ObjectNode cluster) {
    return Defaults.apply(cluster).get("spec");
  }

  @Test
  void beginsAnEmptyClusterWithADatabaseOfTheApplication() {
    JsonNode spec = defaulted(cluster("least"));

    assertThat(spec.path("bootstrap").path("initdb").toString())
        .isEqualTo(
            "{\"database\":\"app\",\"owner\":\"app\",\"encoding\":\"UTF8\","
                + "\"localeCollate\":\"C\",\"localeCType\":\"C\"}");
    assertThat(spec.path("imageName").asText()).isEqualTo(DefaultSettings.POSTGRES_IMAGE);
    assertThat(spec.path("affinity").path("podAntiAffinityType").asText()).isEqualTo("preferred");
    assertThat(spec.path("replicationSlots").toString())
        .isEqualTo(
            "{\"highAvailability\":{\"enabled\":true,\"slotPrefix\":\"_cnpg_\"},"
                + "\"updateInterval\":30,\"synchronizeReplicas\":{\"enabled\":true}}");
    assertThat(
            spec.path("probes").path("liveness").path("isolationCheck").path("enabled").asBoolean())
        .isTrue();
  }

  @Test
  void leavesTheInputAsItIs() {
    ObjectNode input = cluster("least");

    Defaults.apply(input);

    assertThat(input).isEqualTo(cluster("least"));
  }

  @Test
  void ownsTheDatabaseByARoleOfItsName() {
    ObjectNode cluster = cluster("least");
    ((ObjectNode) cluster.get("spec"))
        .putObject("bootstrap")
        .putObject("initdb")
        .put("database", "shop");

    assertThat(defaulted(cluster).path("bootstrap").path("initdb").path("owner").asText())
        .isEqualTo("shop");
  }

  @Test
  void makesNoDatabaseForTheApplicationWhenAllAreImported() {
    assertThat(defaulted(cluster("import-all")).path("bootstrap").path("initdb").has("database"))
        .isFalse();
  }

  @Test
  void namesNoImageBesidesACatalog() {
    assertThat(defaulted(cluster("by-catalog")).has("imageName")).isFalse();
  }

  @Test
  void writesTheWholeSetOfParametersUnderTheUsers() {
    JsonNode parameters = defaulted(cluster("configured")).path("postgresql").path("parameters");

    assertThat(parameters.path("wal_level").asText()).isEqualTo("replica");
    assertThat(parameters.path("max_worker_processes").asText()).isEqualTo("32");
    assertThat(parameters.path("ssl_min_protocol_version").asText()).isEqualTo("TLSv1.3");
    assertThat(parameters.path("archive_mode").asText()).isEqualTo("on");
  }

  @Test
  void switchesTheArchiveAsTheClusterNeedsIt() {
    assertThat(archiveMode("snapshots")).isEqualTo("off");
    assertThat(archiveMode("standing-alone")).isEqualTo("always");
    assertThat(archiveMode("site-a")).isEqualTo("on");
    assertThat(archiveMode("site-b")).isEqualTo("always");
  }

  private static String archiveMode(String name) {
    return defaulted(cluster(name))
        .path("postgresql")
        .path("parameters")
        .path("archive_mode")
        .asText();
  }

  @Test
  void readsTheOldAnnotations() {
    JsonNode spec = defaulted(cluster("old-ways"));

    assertThat(spec.path("postgresql").path("synchronous").path("failoverQuorum").asBoolean())
        .isTrue();
    assertThat(
            spec.path("probes")
                .path("liveness")
                .path("isolationCheck")
                .path("requestTimeout")
                .asInt())
        .isEqualTo(500);
    assertThat(spec.path("postgresql").path("synchronous").path("dataDurability").asText())
        .isEqualTo("required");
  }

  @Test
  void ownsTablespacesByTheApplicationsRole() {
    JsonNode tablespaces = defaulted(cluster("spaces")).path("tablespaces");

    assertThat(tablespaces.path(0).path("owner").path("name").asText()).isEqualTo("clerk");
    assertThat(tablespaces.path(1).path("owner").path("name").asText()).isEqualTo("app");
  }

  @Test
  void addsWhatTheOperatorIsConfiguredWith() {
    var settings = new DefaultSettings("pg:17", List.of("metrics.example.org"));

    JsonNode spec = Defaults.apply(cluster("least"), settings).get("spec");

    assertThat(spec.path("imageName").asText()).isEqualTo("pg:17");
    assertThat(spec.path("plugins").path(0).path("name").asText()).isEqualTo("metrics.example.org");
  }

  /// Instances add the default queries themselves; a tool that compares lists finds its own here.
  @Test
  void storesNoQueries() {
    assertThat(Defaults.apply(cluster("least"), DefaultSettings.STANDARD).at("/spec/monitoring"))
        .isEmpty();
    assertThat(Defaults.apply(cluster("watched")).at("/spec/monitoring/customQueriesConfigMap"))
        .isEqualTo(cluster("watched").at("/spec/monitoring/customQueriesConfigMap"));
  }

  @Test
  void leavesForeignKindsAlone() {
    ObjectNode foreign = cluster("least").put("apiVersion", "cluster.x-k8s.io/v1beta1");

    assertThat(Defaults.apply(foreign)).isEqualTo(foreign);
  }
}
