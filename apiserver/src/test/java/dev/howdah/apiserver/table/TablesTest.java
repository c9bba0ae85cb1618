// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.table.Tables.IncludeObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TablesTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

  @Test
  void saysHowLongAgoWithTheUnitsKubectlUsersKnow() {
    assertThat(Ages.human(Duration.ofSeconds(-1))).isEqualTo("0s");
    assertThat(Ages.human(Duration.ofSeconds(-5))).isEqualTo("<invalid>");
    assertThat(Ages.human(Duration.ofSeconds(119))).isEqualTo("119s");
    assertThat(Ages.human(Duration.ofSeconds(332))).isEqualTo("5m32s");
    assertThat(Ages.human(Duration.ofSeconds(300))).isEqualTo("5m");
    assertThat(Ages.human(Duration.ofMinutes(179))).isEqualTo("179m");
    assertThat(Ages.human(Duration.ofMinutes(3 * 60 + 5))).isEqualTo("3h5m");
    assertThat(Ages.human(Duration.ofHours(47))).isEqualTo("47h");
    assertThat(Ages.human(Duration.ofHours(3 * 24 + 4))).isEqualTo("3d4h");
    assertThat(Ages.human(Duration.ofDays(9))).isEqualTo("9d");
    assertThat(Ages.human(Duration.ofDays(740))).isEqualTo("2y10d");
    assertThat(Ages.human(Duration.ofDays(365 * 9))).isEqualTo("9y");
  }

  @Test
  void findsValuesByJsonPath() throws IOException {
    var object =
        json(
            """
            {"a": {"b.c": 1, "list": [{"type": "x", "n": 1}, {"type": "Ready", "n": 2}, {"n": 3}]}}
            """);

    assertThat(find(object, ".a.list[?(@.type==\"Ready\")].n")).containsExactly("2");
    assertThat(find(object, "{.a.list[?(@.type=='x')].n}")).containsExactly("1");
    assertThat(find(object, ".a.list[?(@.n>1)].n")).containsExactly("2", "3");
    assertThat(find(object, ".a.list[?(@.type)].n")).containsExactly("1", "2");
    assertThat(find(object, ".a.list[*].n")).containsExactly("1", "2", "3");
    assertThat(find(object, ".a.list[-1].n")).containsExactly("3");
    assertThat(find(object, ".a.list[0:2].n")).containsExactly("1", "2");
    assertThat(find(object, ".a.list[1:].n")).containsExactly("2", "3");
    assertThat(find(object, ".a.b\\.c")).containsExactly("1");
    assertThat(find(object, "$['a']['b.c']")).containsExactly("1");
    assertThat(find(object, "..n")).containsExactly("1", "2", "3");
    assertThat(find(object, ".a.missing.more")).isEmpty();
  }

  private static List<String> find(JsonNode object, String path) {
    return JsonPath.parse(path).find(object).stream().map(JsonNode::asText).toList();
  }

  @Test
  void showsNameAndAgeWhereADefinitionNamesNoColumns() throws IOException {
    var object =
        json("{\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}}");

    var table =
        Tables.render(object, Tables.customResource(json("{}")), IncludeObject.METADATA, NOW);

    assertThat(table.at("/rows/0/cells").toString()).isEqualTo("[\"x\",\"24h\"]");
    assertThat(table.at("/rows/0/object/kind").asText()).isEqualTo("PartialObjectMetadata");
  }

  @Test
  void carriesWhatIsNeededToPageThroughALongList() throws IOException {
    var list =
        json(
            """
            {"kind": "PodList", "metadata": {"resourceVersion": "7", "continue": "abc"},
             "items": [{"metadata": {"name": "p"}}]}
            """);

    var table = Tables.render(list, Tables.builtIn("", "pods"), IncludeObject.NONE, NOW);
    var partial = Tables.partialMetadata(list);

    assertThat(table.at("/metadata/continue").asText()).isEqualTo("abc");
    assertThat(table.at("/rows/0/object").isNull()).isTrue();
    assertThat(partial.path("kind").asText()).isEqualTo("PartialObjectMetadataList");
    assertThat(partial.at("/metadata/resourceVersion").asText()).isEqualTo("7");
    assertThat(partial.at("/items/0/kind").asText()).isEqualTo("PartialObjectMetadata");
  }

  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) JSON.readTree(text);
  }
}
