// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.api.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The CRDs that ship are those that the records say; `-Dgolden.update` writes them anew.
class CrdFilesTest {
  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
              .build());

  @ParameterizedTest
  @EnumSource
  void filesAgreeWithTheRecords(Kind kind) throws IOException {
    Path file = Path.of("src/main/resources/crds", kind.group() + "_" + kind.plural() + ".yaml");
    String wanted =
        "# SPDX-License-Identifier: Apache-2.0\n"
            + "# Made from the records of module api; -Dgolden.update -Dtest=CrdFilesTest makes it anew.\n"
            + YAML.writeValueAsString(CrdDocument.of(kind));
    agrees(file, wanted);
  }

  @ParameterizedTest
  @EnumSource
  void schemasThatChecksReadAgreeWithTheRecords(Kind kind) throws IOException {
    var schema = CrdDocument.schema(kind);
    schema.remove("x-kubernetes-validations");
    for (String word : List.of("description", "x-kubernetes-validations")) {
      for (JsonNode parent : schema.findParents(word)) {
        if (!parent.path(word).isObject()) {
          ((ObjectNode) parent).remove(word);
        }
      }
    }

    agrees(
        Path.of("src/main/resources/dev/howdah/api/schema/schemas", kind.kind() + ".json"),
        schema + "\n");
  }

  /// The API server estimates what the rules may cost at most, and refuses a CRD whose rules lie
  /// below a list that may be of any length.
  @ParameterizedTest
  @EnumSource
  void eachRuleLiesBelowListsAndMapsOfALimitedSize(Kind kind) {
    var unlimited = new ArrayList<String>();
    collect(CrdDocument.schema(kind), kind.kind(), false, unlimited);

    assertThat(unlimited).isEmpty();
  }

  private static void collect(JsonNode schema, String at, boolean anySize, List<String> found) {
    if (anySize && schema.has("x-kubernetes-validations")) {
      found.add(at);
    }
    schema
        .path("properties")
        .properties()
        .forEach(e -> collect(e.getValue(), at + "." + e.getKey(), anySize, found));
    collect(schema, "items", "maxItems", at, anySize, found);
    collect(schema, "additionalProperties", "maxProperties", at, anySize, found);
  }

  private static void collect(
      JsonNode schema, String part, String limit, String at, boolean anySize, List<String> found) {
    if (schema.path(part).isObject()) {
      collect(schema.path(part), at + "[]", anySize || !schema.has(limit), found);
    }
  }

  private static void agrees(Path file, String wanted) throws IOException {
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, wanted);
    }

    assertThat(file).content().isEqualTo(wanted);
  }
}
