// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.util.List;
import java.util.Locale;

/// What came of one row, or of one round of chaos.
///
/// @param day it was done, `2026-11-21`
/// @param gap the longest time without an acknowledged write, in seconds
/// @param windows times in which two instances accepted writes
/// @param problems all that is wrong, the above included; empty when the row passed
public record FaultResult(
    String id,
    String day,
    double gap,
    long acknowledged,
    long lost,
    long resurrected,
    long duplicated,
    long windows,
    List<String> problems) {
  public FaultResult {
    problems = List.copyOf(problems);
  }

  static FaultResult of(
      String id, String day, double gap, long acknowledged, List<String> problems) {
    return new FaultResult(
        id,
        day,
        gap,
        acknowledged,
        count(problems, "lost:"),
        count(problems, "resurrected:"),
        count(problems, "duplicated:"),
        count(problems, "two primaries:"),
        problems);
  }

  private static long count(List<String> problems, String kind) {
    return problems.stream().filter(problem -> problem.startsWith(kind)).count();
  }

  boolean passed() {
    return problems.isEmpty();
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%s,%s,%s,%.3f,%d,%d,%d,%d,%d",
        id,
        day,
        passed() ? "ok" : "failed",
        gap,
        acknowledged,
        lost,
        resurrected,
        duplicated,
        windows);
  }

  static FaultResult parse(String line) {
    String[] field = line.split(",");
    return new FaultResult(
        field[0],
        field[1],
        Double.parseDouble(field[3]),
        Long.parseLong(field[4]),
        Long.parseLong(field[5]),
        Long.parseLong(field[6]),
        Long.parseLong(field[7]),
        Long.parseLong(field[8]),
        field[2].equals("ok") ? List.of() : List.of(field[2]));
  }
}
