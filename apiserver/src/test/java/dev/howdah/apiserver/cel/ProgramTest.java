// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ProgramTest {
  /// Each line is an expression and its value. The values were compared with those of Google's
  /// implementation in Java where it knows the functions.
  @TestFactory
  Stream<DynamicTest> hasTheValueThatTheLanguageDefines() throws IOException {
    return lines().stream()
        .map(line -> line.split("  =>  ?", 2))
        .map(parts ->
            DynamicTest.dynamicTest(
                parts[0], () -> assertThat(value(parts[0])).isEqualTo(parts[1])));
  }

  private static String value(String expression) {
    try {
      return Program.compile(expression, Set.of("self")).evaluate(Map.of()).toString();
    } catch (CelException e) {
      return "error: " + e.getMessage();
    }
  }

  private static List<String> lines() throws IOException {
    try (var in =
        Objects.requireNonNull(ProgramTest.class.getResourceAsStream("expressions.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  @Test
  void knowsWhichVariablesItUses() {
    var program = Program.compile("self.list.all(oldSelf, oldSelf > 0)", Set.of("self", "oldSelf"));

    assertThat(program.uses("self")).isTrue();
    assertThat(Program.compile("self == 1", Set.of("self", "oldSelf")).uses("oldSelf")).isFalse();
  }

  @Test
  void treatsSetsAndKeyedListsWithoutOrder() {
    var set = new Values.KeyedList(List.of("a", "b"), List.of());
    var keyed =
        new Values.KeyedList(
            List.of(Map.of("k", "x", "v", 1L), Map.of("k", "y", "v", 2L)), List.of("k"));

    assertThat(run("self == ['b', 'a']", set)).isEqualTo(true);
    assertThat(run("(self + ['b', 'c']).size()", set)).isEqualTo(3L);
    assertThat(run("(self + [{'k': 'y', 'v': 9}])[1].v", keyed)).isEqualTo(9L);
  }

  @Test
  void endsLoopsThatWouldNotEndInTime() {
    var many = Stream.iterate(0L, i -> i + 1).limit(3000).map(Object.class::cast).toList();

    assertThat(value("1")).isEqualTo("1");
    assertThat(runOrFail("self.all(a, self.all(b, self.all(c, a + b + c >= 0)))", many))
        .isEqualTo("operation cancelled: actual cost limit exceeded");
  }

  @Test
  void refusesExpressionsThatAreNestedTooDeeply() {
    assertThat(value("(".repeat(300) + "1" + ")".repeat(300)))
        .contains("expression recursion limit exceeded");
  }

  private static Object run(String expression, Object self) {
    return Program.compile(expression, Set.of("self")).evaluate(Map.of("self", self));
  }

  private static String runOrFail(String expression, Object self) {
    try {
      return run(expression, self).toString();
    } catch (CelException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
