// SPDX-License-Identifier: Apache-2.0
package dev.howdah.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreesTest {
  private final ObjectMapper mapper = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "true",
        "\"Grüße \\u0000 \\\" \\n 🐘\"",
        "{\"a\": {\"b\": [1, -2, 3.5, 1e30, true, false, null, \"x\", {}]}, \"a.b/c\": []}",
        "[2147483647, 2147483648, -9223372036854775808, 9223372036854775808, 0.1, 100]",
        "{\"doubled\": 1, \"doubled\": 2}"
      })
  void readsAndWritesWhatJacksonsMapperDoes(String text) throws Exception {
    var tree = Trees.read(text);
    assertThat(tree).isEqualTo(mapper.readTree(text));
    assertThat(Trees.read(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(tree);
    assertThat(new String(Trees.bytes(tree), StandardCharsets.UTF_8))
        .isEqualTo(mapper.writeValueAsString(tree));
  }

  @Test
  void hasNoTreeForAnEmptyText() throws Exception {
    assertThat(Trees.read(" ").isMissingNode()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[1,", "{\"a\" 1}", "nul", "{\"a\":}", "]"})
  void refusesWhatIsNotJson(String text) {
    assertThatThrownBy(() -> Trees.read(text)).isInstanceOf(JsonProcessingException.class);
  }

  @Test
  void refusesWhatIsNestedTooDeeply() {
    assertThatThrownBy(() -> Trees.read("[".repeat(100_000)))
        .isInstanceOf(JsonProcessingException.class);
  }
}
