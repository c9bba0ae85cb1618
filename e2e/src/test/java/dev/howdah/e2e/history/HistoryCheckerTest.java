// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.e2e.history.Operation.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HistoryCheckerTest {
  private static Operation ok(long value, long began, long ended, Long... seen) {
    return new Operation(1, 7, value, began, ended, Outcome.OK, List.of(seen));
  }

  private static Operation other(long value, Outcome outcome) {
    return new Operation(2, 7, value, 0, 100, outcome, List.of());
  }

  private static List<String> check(List<Operation> history, Long... end) {
    return HistoryChecker.check(history, Map.of(7, List.of(end)));
  }

  @Test
  void aHistoryWithoutFaultsPasses() {
    assertThat(check(List.of(ok(1, 0, 1, 1L), ok(2, 2, 3, 1L, 2L)), 1L, 2L)).isEmpty();
  }

  @Test
  void anAnswerThatIsMissingMayMeanEither() {
    assertThat(check(List.of(other(1, Outcome.UNKNOWN)), 1L)).isEmpty();
    assertThat(check(List.of(other(1, Outcome.UNKNOWN)))).isEmpty();
  }

  @Test
  void anAcknowledgedWriteThatIsGoneIsLost() {
    assertThat(check(List.of(ok(1, 0, 1, 1L), ok(2, 2, 3, 1L, 2L)), 1L))
        .singleElement()
        .asString()
        .startsWith("lost: 2");
  }

  @Test
  void aWholeListThatIsGoneIsLost() {
    assertThat(HistoryChecker.check(List.of(ok(1, 0, 1, 1L)), Map.of()))
        .singleElement()
        .asString()
        .startsWith("lost: 1");
  }

  @Test
  void aFailedWriteThatIsThereIsResurrected() {
    assertThat(check(List.of(other(1, Outcome.FAILED)), 1L))
        .singleElement()
        .asString()
        .startsWith("resurrected: 1");
  }

  @Test
  void aValueThatIsThereTwiceIsDuplicated() {
    assertThat(check(List.of(ok(1, 0, 1, 1L)), 1L, 1L))
        .singleElement()
        .asString()
        .startsWith("duplicated: 1");
  }

  @Test
  void aValueThatNobodyWroteIsInvented() {
    assertThat(check(List.of(), 1L)).singleElement().asString().startsWith("invented: 1");
  }

  @Test
  void aListThatWasSeenDifferentlyWasForked() {
    var history = List.of(ok(1, 0, 5, 1L), ok(2, 0, 5, 2L));

    assertThat(check(history, 1L, 2L)).singleElement().asString().startsWith("forked: list 7");
  }

  @Test
  void whatWasAcknowledgedEarlierComesFirst() {
    var history = List.of(ok(1, 0, 1), ok(2, 2, 3));

    assertThat(check(history, 2L, 1L)).singleElement().asString().startsWith("reordered: 2");
  }

  @Test
  void concurrentWritesMayComeInAnyOrder() {
    assertThat(check(List.of(ok(1, 0, 5), ok(2, 2, 6)), 2L, 1L)).isEmpty();
  }
}
