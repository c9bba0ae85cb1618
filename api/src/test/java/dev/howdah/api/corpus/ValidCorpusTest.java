// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.rules.Defaults;
import dev.howdah.api.schema.RecordFields;
import dev.howdah.api.validate.Validation;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ValidCorpusTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Set<Map.Entry<String, ObjectNode>> manifests() {
    return Corpus.valid().entrySet();
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void isAccepted(Map.Entry<String, ObjectNode> manifest) {
    assertThat(Validation.of(manifest.getValue(), null)).noneMatch(Finding::isError);
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void isAcceptedAsAnUpdateOfItselfAndWithItsDefaults(Map.Entry<String, ObjectNode> manifest) {
    ObjectNode stored = Defaults.apply(manifest.getValue());

    assertThat(Validation.of(manifest.getValue(), stored)).noneMatch(Finding::isError);
    assertThat(Validation.of(stored, stored)).noneMatch(Finding::isError);
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void defaultsAppliedAgainChangeNothing(Map.Entry<String, ObjectNode> manifest) {
    ObjectNode once = Defaults.apply(manifest.getValue());

    assertThat(Defaults.apply(once)).isEqualTo(once);
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void survivesTheRecordsWithoutLosingAField(Map.Entry<String, ObjectNode> manifest) {
    Kind kind = kindOf(manifest.getValue());
    var type = kind.spec();
    if (type.isEmpty()) {
      return;
    }
    JsonNode spec = manifest.getValue().path("spec");

    Object record = JSON.convertValue(spec, type.get());

    JsonNode written = JSON.valueToTree(record);
    assertThat(lost(spec, written, "spec")).isEmpty();
  }

  /// Paths of what is in one tree but not in the other; empty values don't count.
  private static Set<String> lost(JsonNode from, JsonNode to, String path) {
    Set<String> lost = new TreeSet<>();
    if (from.isObject()) {
      from.properties()
          .forEach(field ->
              lost.addAll(
                  lost(field.getValue(), to.path(field.getKey()), path + "." + field.getKey())));
    } else if (from.isArray()) {
      for (int i = 0; i < from.size(); i++) {
        lost.addAll(lost(from.get(i), to.path(i), path + "[" + i + "]"));
      }
    } else if (!from.asText("").isEmpty() && !from.asText().equals(to.asText(null))) {
      lost.add(path + ": " + from + " became " + to);
    }
    return lost;
  }

  @Test
  void coversEveryField() {
    Set<String> uncovered = new TreeSet<>();
    for (Kind kind : Kind.values()) {
      kind.spec().ifPresent(type -> uncovered.addAll(RecordFields.all(type)));
    }
    for (ObjectNode manifest : Corpus.valid().values()) {
      kindOf(manifest)
          .spec()
          .ifPresent(type -> uncovered.removeAll(RecordFields.used(type, manifest.path("spec"))));
    }

    assertThat(uncovered).isEmpty();
    assertThat(Corpus.valid()).hasSizeGreaterThanOrEqualTo(80);
  }

  private static Kind kindOf(ObjectNode manifest) {
    return Kind.of(manifest.path("apiVersion").asText(), manifest.path("kind").asText())
        .orElseThrow();
  }
}
