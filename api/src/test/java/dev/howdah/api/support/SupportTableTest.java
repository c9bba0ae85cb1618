// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.corpus.Corpus;
import dev.howdah.api.rules.Defaults;
import dev.howdah.api.schema.Schema;
import dev.howdah.api.schema.Schemas;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SupportTableTest {
  @Test
  void hasALineForEachFieldOfEachSpecification() {
    var missing = new TreeSet<String>();
    for (Kind kind : Kind.values()) {
      Schema spec = Schemas.of(kind).properties().get("spec");
      if (spec != null) {
        for (String field : spec.properties().keySet()) {
          if (!SupportTable.lines().containsKey(kind.kind() + ".spec." + field)) {
            missing.add(kind.kind() + ".spec." + field);
          }
        }
      }
    }

    assertThat(missing).isEmpty();
  }

  @Test
  void hasLinesForFieldsThatExistOnly() {
    assertThat(SupportTable.lines().keySet()).allMatch(SupportTableTest::exists);
  }

  private static boolean exists(String line) {
    String[] names = line.split("\\.");
    for (Kind kind : Kind.values()) {
      if (kind.kind().equals(names[0])) {
        Schema at = Schemas.of(kind);
        for (int i = 1; i < names.length && at != null; i++) {
          at = at.properties().get(names[i]);
        }
        return at != null;
      }
    }
    return false;
  }

  @Test
  void saysWhyAFieldHasNoEffectYet() {
    assertThat(SupportTable.lines().values())
        .allMatch(support -> support.isSupported() == support.reason().isEmpty());
  }

  @Test
  void aFieldWithoutALineIsAsTheOneAroundIt() {
    assertThat(SupportTable.of("Cluster.spec.storage.size"))
        .map(Support::isSupported)
        .contains(true);
    assertThat(SupportTable.of("Backup.spec.cluster.name"))
        .map(Support::isSupported)
        .isEqualTo(SupportTable.of("Backup.spec.cluster").map(Support::isSupported));
    assertThat(SupportTable.of("Elsewhere.spec")).isEmpty();
  }

  @Test
  void whatNobodyWroteIsNotReported() {
    ObjectNode least = Corpus.valid().get("Cluster/least");

    assertThat(UnsupportedFields.of(least)).isEmpty();
    assertThat(UnsupportedFields.of(Defaults.apply(least))).isEmpty();
    assertThat(UnsupportedFields.of(Corpus.valid().get("Cluster/empties"))).isEmpty();
  }

  @Test
  void whatHasNoEffectIsReportedWithItsReason() {
    var everything = UnsupportedFields.reasons(Corpus.valid().get("Cluster/old-ways"));

    everything.forEach((path, reason) -> {
      assertThat(SupportTable.of("Cluster." + path).orElseThrow().isSupported()).isFalse();
      assertThat(reason).isNotBlank();
    });
  }

  @Test
  void theExampleOfTheReadmeIsFullySupported() {
    ObjectNode cluster = Corpus.valid().get("Cluster/as-a-pod");

    assertThat(UnsupportedFields.of(cluster)).isEmpty();
  }
}
