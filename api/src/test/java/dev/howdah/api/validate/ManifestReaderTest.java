// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestReaderTest {
  private static JsonNode read(String text) throws UnreadableManifest {
    return ManifestReader.read("a.yaml", text).getFirst().tree();
  }

  @Test
  void readsDocumentsOneByOneAndPassesEmptyOnesOver() throws UnreadableManifest {
    var manifests = ManifestReader.read("a.yaml", "---\n# nothing\n---\na: 1\n---\n\n---\nb: 2\n");

    assertThat(manifests).hasSize(2);
    assertThat(manifests.get(0).line()).isEqualTo(4);
    assertThat(manifests.get(1).line()).isEqualTo(8);
  }

  @Test
  void takesListsApart() throws UnreadableManifest {
    var manifests =
        ManifestReader.read("a.yaml", "kind: List\nitems:\n- kind: A\n  spec: {x: 1}\n- kind: B\n");

    assertThat(manifests).extracting(m -> m.tree().path("kind").asText()).containsExactly("A", "B");
    assertThat(manifests.getFirst().lineOf("spec.x")).isEqualTo(4);
  }

  @Test
  void remembersTheLineOfEachField() throws UnreadableManifest {
    var manifest =
        ManifestReader.read(
                "a.yaml", "spec:\n  list:\n  - name: a\n  - name: b\n  map:\n    k/e: v\n")
            .getFirst();

    assertThat(manifest.lineOf("spec.list[1].name")).isEqualTo(4);
    assertThat(manifest.lineOf("spec.map[k/e]")).isEqualTo(6);
    assertThat(manifest.lineOf("spec.list[0].missing.deeper")).isEqualTo(3);
    assertThat(manifest.lineOf("elsewhere")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "yes, true",
    "'on', true",
    "Off, false",
    "n, false",
    "~, null",
    "010, 8",
    "0x10, 16",
    "1_000, 1000",
    "1e3, 1E+3",
    "'\"yes\"', '\"yes\"'",
    "2026-01-01, '\"2026-01-01\"'",
    "1:30, '\"1:30\"'",
    "!!str 5, '\"5\"'",
    "16/B374D848, '\"16/B374D848\"'",
    "-3, -3",
    "99999999999999999999, 99999999999999999999"
  })
  void readsScalarsAsKubectlDoes(String yaml, String json) throws UnreadableManifest {
    assertThat(read("a: " + yaml).get("a").toString()).isEqualTo(json);
  }

  @Test
  void followsAnchorsAndMergesFields() throws UnreadableManifest {
    JsonNode tree = read("base: &b {p: 1, q: 2}\nmore: {<<: *b, q: 3}\nlist: [*b]\n");

    assertThat(tree.path("more").toString()).isEqualTo("{\"q\":3,\"p\":1}");
    assertThat(tree.path("list").path(0).path("p").asInt()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: 1\na: 2\n",
        "{\"a\": 1, \"a\": 2}",
        "a: [",
        "- a\n- b\n",
        "just text",
        "a: *unknown",
        "[1, 2]: x",
        "a: &a [*a]",
        "? {a: b}\n: c",
        "a: \"\\ud800\""
      })
  void refusesWhatKubernetesCouldNotStore(String text) {
    assertThatThrownBy(() -> ManifestReader.read("a.yaml", text).getFirst().tree().toString())
        .isInstanceOf(UnreadableManifest.class);
  }

  @Test
  void tellsTheLineOfAKeyThatStandsTwice() {
    assertThatThrownBy(() -> ManifestReader.read("a.yaml", "a: 1\nb: 2\na: 3\n"))
        .isInstanceOfSatisfying(UnreadableManifest.class, e -> assertThat(e.line()).isEqualTo(3))
        .hasMessage("the key \"a\" stands here twice");
  }

  @Test
  void refusesBombsOfAliases() {
    String bomb =
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
            + IntStream.range(1, 12)
                .mapToObj(i ->
                    "a%d: &a%d [%s]\n"
                        .formatted(
                            i,
                            i,
                            IntStream.range(0, 10)
                                .mapToObj(j -> "*a" + (i - 1))
                                .collect(Collectors.joining(", "))))
                .collect(Collectors.joining());

    assertThatThrownBy(() -> ManifestReader.read("a.yaml", bomb))
        .isInstanceOf(UnreadableManifest.class);
  }

  @Test
  void refusesDepthAndSizeWithoutBounds() {
    String deep = "a: " + "[".repeat(10_000) + "]".repeat(10_000);
    byte[] large = new byte[(16 << 20) + 1];

    assertThatThrownBy(() -> ManifestReader.read("a.yaml", deep))
        .isInstanceOf(UnreadableManifest.class);
    assertThatThrownBy(() -> ManifestReader.read("a.yaml", large)).hasMessageContaining("16 MiB");
  }

  @Test
  void refusesWhatIsNotUtf8() {
    byte[] latin = "a: \u00fc".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> ManifestReader.read("a.yaml", latin)).hasMessageContaining("UTF-8");
  }
}
