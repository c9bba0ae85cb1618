// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Every rule by which the API refuses has a broken manifest of its own.
class RuleCoverageTest {
  private static Map<String, String> rules() throws IOException {
    var rules = new LinkedHashMap<String, String>();
    for (String line : Files.readAllLines(Corpus.besides("rules.txt"))) {
      if (!line.startsWith("#") && !line.isBlank()) {
        int space = line.indexOf(' ');
        assertThat(rules.put(line.substring(0, space), line.substring(space + 1))).isNull();
      }
    }
    return rules;
  }

  @Test
  void noRuleIsLeftOut() throws IOException {
    List<String> expected = new ArrayList<>();
    Map.of("V", 103, "U", 11, "B", 5, "D", 3, "P", 6, "C", 2)
        .forEach((letter, count) ->
            IntStream.rangeClosed(1, count).forEach(i -> expected.add(letter + i)));

    assertThat(rules().keySet()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void eachIsBrokenByACaseOfTheCorpusOrCannotBe() throws IOException {
    Set<String> cases =
        Corpus.invalid().stream().map(Corpus.Case::name).collect(Collectors.toSet());

    rules()
        .forEach((rule, broken) -> {
          if (!broken.startsWith("- ")) {
            assertThat(cases).as(rule).contains(broken.split("; "));
          }
        });
  }
}
