// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.corpus.Corpus;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.validate.Validation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RulesTest {
  private static final ObjectNode LEAST = Corpus.valid().get("Cluster/least");

  private static List<String> warnings(ObjectNode cluster) {
    return Rules.check(cluster, null).stream()
        .filter(finding -> !finding.isError())
        .map(Finding::path)
        .toList();
  }

  private static ObjectNode spec(ObjectNode cluster) {
    return (ObjectNode) cluster.get("spec");
  }

  @Test
  void aMinimalClusterHasNothingToSay() {
    assertThat(Rules.check(LEAST, null)).isEmpty();
  }

  @Test
  void theAnnotationSwitchesValidationOffButNotSilently() {
    ObjectNode cluster = LEAST.deepCopy();
    spec(cluster).put("instances", 0);
    ((ObjectNode) cluster.get("metadata"))
        .putObject("annotations")
        .put("cnpg.io/validation", "disabled");

    assertThat(Rules.check(cluster, null))
        .singleElement()
        .matches(finding -> !finding.isError())
        .extracting(Finding::path)
        .isEqualTo("metadata.annotations[cnpg.io/validation]");
  }

  @Test
  void anUnknownValueOfTheAnnotationSwitchesNothingOff() {
    ObjectNode cluster = LEAST.deepCopy();
    spec(cluster).put("imageName", "pg:latest");
    ((ObjectNode) cluster.get("metadata"))
        .putObject("annotations")
        .put("cnpg.io/validation", "off");

    assertThat(Rules.check(cluster, null)).anyMatch(Finding::isError);
  }

  @Test
  void aLeaseThatLeavesNoTimeToStopIsWarnedOfWithWhatIsUsedInstead() {
    ObjectNode cluster = LEAST.deepCopy();
    ObjectNode lease = spec(cluster).putObject("primaryLease");
    lease
        .put("leaseDurationSeconds", 6)
        .put("renewDeadlineSeconds", 5)
        .put("retryPeriodSeconds", 1);

    assertThat(Rules.check(cluster, null))
        .singleElement()
        .matches(finding -> !finding.isError())
        .asString()
        .contains("instances use 15, 10 and 2 seconds instead of 6, 5 and 1")
        .contains("write 7 or more");

    lease.put("leaseDurationSeconds", 7);
    assertThat(Rules.check(cluster, null)).isEmpty();

    lease.put("leaseDurationSeconds", 3002).put("renewDeadlineSeconds", 3000);
    assertThat(warnings(cluster)).containsExactly("spec.primaryLease.leaseDurationSeconds");
  }

  @Test
  void warnsOfWhatIsReadLeniently() {
    ObjectNode cluster = LEAST.deepCopy();
    spec(cluster).putObject("superuserSecret").put("name", "root");
    spec(cluster).putObject("affinity").putObject("podAntiAffinity");
    spec(cluster).putObject("bootstrap").putObject("initdb").put("owner", "postgres");
    spec(cluster)
        .putObject("postgresql")
        .putArray("pg_hba")
        .add("host all all 0.0.0.0/0 md5")
        .add("host all all 10.0.0.1/32 trust");

    assertThat(warnings(cluster))
        .containsExactlyInAnyOrder(
            "spec.superuserSecret",
            "spec.affinity.podAntiAffinity",
            "spec.bootstrap.initdb.owner",
            "spec.postgresql.pg_hba[0]",
            "spec.postgresql.pg_hba[1]");
  }

  @Test
  void warnsOfWhatIsUnwise() {
    ObjectNode cluster = LEAST.deepCopy();
    spec(cluster).put("instances", 3).put("imageName", "pg:latest");
    ((ObjectNode) cluster.get("metadata"))
        .putObject("annotations")
        .put("howdah.dev/postgresMajor", "17");
    spec(cluster)
        .putObject("postgresql")
        .putObject("parameters")
        .put("fsync", "off")
        .put("shared_buffers", "16384");
    spec(cluster).putObject("monitoring").put("metricsQueriesTTL", "0");
    ((ObjectNode) spec(cluster).get("storage"))
        .putObject("pvcTemplate")
        .putObject("resources")
        .putObject("requests")
        .put("storage", "2Gi");

    assertThat(warnings(cluster))
        .containsExactlyInAnyOrder(
            "spec.imageName",
            "spec.postgresql.synchronous",
            "spec.postgresql.parameters[fsync]",
            "spec.postgresql.parameters[shared_buffers]",
            "spec.monitoring.metricsQueriesTTL",
            "spec.storage.size");
  }

  @Test
  void sayingTheSameAsHowdahIsNoError() {
    ObjectNode cluster = LEAST.deepCopy();
    spec(cluster)
        .putObject("postgresql")
        .putObject("parameters")
        .put("log_destination", "csvlog")
        .put("archive_mode", "on")
        .put("logging_collector", "on");

    assertThat(Rules.check(cluster, null)).isEmpty();
  }

  @Test
  void findsEverythingThatIsWrongAtOnce() {
    ObjectNode cluster = LEAST.deepCopy();
    spec(cluster).put("imageName", "pg:latest").put("maxSyncReplicas", 5);
    spec(cluster).putObject("certificates").put("serverTLSSecret", "a");
    spec(cluster).putArray("externalClusters").addObject().put("name", "..");

    assertThat(Rules.check(cluster, null).stream().map(Finding::path).collect(Collectors.toSet()))
        .contains(
            "spec.imageName",
            "spec.maxSyncReplicas",
            "spec.certificates.serverCASecret",
            "spec.externalClusters[0].name",
            "spec.externalClusters[0]");
  }

  /// Whatever a tree looks like, judging it ends with findings and never with an exception.
  @Test
  void neverFailsOnTreesOfAnyShape() {
    long seed = Long.getLong("seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    List<ObjectNode> bases = new ArrayList<>(Corpus.valid().values());
    int changed = 0;
    for (int round = 0; round < 3000; round++) {
      ObjectNode base = bases.get(random.nextInt(bases.size()));
      ObjectNode broken = base.deepCopy();
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        breakSomewhere(broken, random);
      }
      changed += broken.equals(base) ? 0 : 1;

      assertThatCode(
              () -> {
                Validation.of(broken, null);
                Validation.of(broken, base);
                Validation.of(base, broken);
                ObjectNode once = Defaults.apply(broken);
                assertThat(Defaults.apply(once)).isEqualTo(once);
              })
          .as("seed=%d round=%d %s", seed, round, broken)
          .doesNotThrowAnyException();
    }
    assertThat(changed).isGreaterThan(2000);
  }

  private static void breakSomewhere(ObjectNode root, SplittableRandom random) {
    JsonNode node = root;
    while (true) {
      List<String> names = new ArrayList<>();
      node.fieldNames().forEachRemaining(names::add);
      if (node instanceof ObjectNode object && !names.isEmpty()) {
        String name = names.get(random.nextInt(names.size()));
        boolean top = node == root;
        if (!top && (random.nextInt(3) == 0 || object.get(name).isValueNode())) {
          object.set(name, oddValue(random));
          return;
        }
        node = object.get(name);
      } else if (node.isArray() && !node.isEmpty()) {
        node = node.get(random.nextInt(node.size()));
      } else {
        return;
      }
    }
  }

  private static JsonNode oddValue(SplittableRandom random) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (random.nextInt(10)) {
      case 0 -> nodes.nullNode();
      case 1 -> nodes.numberNode(random.nextLong());
      case 2 -> nodes.textNode("");
      case 3 -> nodes.textNode("x\n\u0000\"';${}:/@%".substring(0, random.nextInt(13)));
      case 4 -> nodes.booleanNode(true);
      case 5 -> nodes.arrayNode().add(1).add("a").addNull();
      case 6 -> nodes.objectNode().put("name", 3).put("storage", "x");
      case 7 -> nodes.numberNode(0.5);
      case 8 -> nodes.textNode("9".repeat(300) + "Gi");
      default -> nodes.objectNode();
    };
  }
}
