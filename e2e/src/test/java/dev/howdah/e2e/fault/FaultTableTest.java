// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FaultTableTest {
  private static final Path TOP = Path.of("..");

  @Test
  void rowsHaveNamesOfTheirOwn() {
    assertThat(FaultTable.rows()).extracting(FaultRow::id).doesNotHaveDuplicates();
    assertThat(FaultTable.rows()).extracting(FaultRow::name).doesNotHaveDuplicates();
  }

  @Test
  void thePageSaysWhatTheLastRunsSaid() throws Exception {
    var results = FaultPage.read(TOP.resolve(FaultPage.RESULTS));

    assertThat(Files.readString(TOP.resolve(FaultPage.PAGE)))
        .as("made by e2e/faults --page")
        .isEqualTo(FaultPage.page(results));
  }

  @Test
  void aResultSurvivesItsFile() {
    var result =
        FaultResult.of(
            "F1",
            "2026-11-21",
            1.25,
            100,
            List.of("lost: 7 was acknowledged for list 1", "two primaries: a and b"));

    var read = FaultResult.parse(result.line());

    assertThat(read.lost()).isEqualTo(1);
    assertThat(read.windows()).isEqualTo(1);
    assertThat(read.passed()).isFalse();
    assertThat(read.line()).isEqualTo(result.line());
  }

  @Test
  void aSeedChoosesTheSameRoundsAgainAndNeverTakesTwoCopiesOfTheData() {
    var rows = FaultTable.rows();
    var random = new SplittableRandom(7);
    var again = new SplittableRandom(7);

    assertThat(IntStream.range(0, 2000))
        .allSatisfy(_ -> {
          var round = Chaos.choose(random, rows);
          assertThat(Chaos.choose(again, rows)).isEqualTo(round);
          assertThat(FaultTable.destroys(round.first()) && FaultTable.destroys(round.second()))
              .isFalse();
        });
  }

  @Test
  void anAddressIsReadFromTheKernelsTableInEitherFamily() {
    assertThat(Sockets.address("0200237F:1538")).isEqualTo("127.35.0.2");
    assertThat(Sockets.address("0000000000000000FFFF00000200237F:1538")).isEqualTo("127.35.0.2");
  }
}
