// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.howdah.api.finding.Finding;
import dev.howdah.api.rules.Defaults;
import dev.howdah.api.validate.Validation;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each broken manifest is refused, in the words that stand beside it; `-Dgolden.update` writes
/// these anew, to be read before they are kept.
class InvalidCorpusTest {
  static List<Corpus.Case> cases() {
    return Corpus.invalid();
  }

  static Stream<String> areas() {
    return cases().stream().map(Corpus.Case::area).distinct();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isRefused(Corpus.Case broken) {
    List<Finding> findings = Validation.of(broken.now(), broken.before());

    assertThat(findings).filteredOn(Finding::isError).isNotEmpty();
    assertThat(findings).allSatisfy(finding -> assertThat(finding.reason()).isNotBlank());
    assertThat(findings).allSatisfy(finding -> assertThat(finding.remedy()).isNotBlank());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void defaultsNeverFailOnWhatIsBroken(Corpus.Case broken) {
    assertThatCode(() -> Defaults.apply(broken.now())).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("areas")
  void isRefusedInTheseWords(String area) throws IOException {
    String words =
        cases().stream()
            .filter(broken -> broken.area().equals(area))
            .map(InvalidCorpusTest::words)
            .collect(Collectors.joining("\n"));

    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(Corpus.expectations(area), words);
    }

    assertThat(Corpus.expectations(area)).content().isEqualTo(words);
  }

  private static String words(Corpus.Case broken) {
    return broken.name()
        + "\n"
        + Validation.of(broken.now(), broken.before()).stream()
            .filter(Finding::isError)
            .map(finding -> "  " + finding.message().replace("\n", "\\n") + "\n")
            .collect(Collectors.joining());
  }

  @Test
  void holdsEnoughCasesOfDifferentNames() {
    assertThat(cases()).hasSizeGreaterThan(150);
    assertThat(cases().stream().map(Corpus.Case::name)).doesNotHaveDuplicates();
  }
}
