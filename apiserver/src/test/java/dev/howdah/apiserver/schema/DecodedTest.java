// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DecodedTest {
  private static Decoded read(String json) throws IOException {
    return Decoded.json(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void namesFieldsThatAreGivenTwiceAndTakesTheLast() throws IOException {
    var decoded = read("{\"a\": {\"b\": 1, \"b\": 2, \"b\": 3}, \"c\": [{\"d\": 1, \"d\": 2}]}");

    assertThat(decoded.duplicates()).containsExactly("a.b", "c[0].d");
    assertThat(decoded.tree().at("/a/b").asInt()).isEqualTo(3);
  }

  /// As many as a body has room for: comparing each with all others would take minutes.
  @Test
  void countsManyDuplicatesInAMoment() {
    var body = new StringBuilder("{\"x\":0");
    for (var i = 0; i < 150_000; i++) {
      body.append(",\"").append(i).append("\":0,\"").append(i).append("\":0");
    }
    body.append('}');

    var decoded = assertTimeout(Duration.ofSeconds(60), () -> read(body.toString()));

    assertThat(decoded.duplicates()).hasSize(150_000);
  }

  @Test
  void refusesWhatIsNestedTooDeeply() {
    var deep = "[".repeat(600) + "]".repeat(600);

    assertThatThrownBy(() -> read(deep)).isInstanceOf(IOException.class);
  }
}
