// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The last result of each row, kept in a file, and the page of the documentation made from it.
public final class FaultPage {
  static final Path RESULTS = Path.of("e2e/fault-results.csv");
  static final Path PAGE = Path.of("docs/reference/fault-catalogue.md");
  private static final String HEADER =
      "row,day,result,gap,acknowledged,lost,resurrected,duplicated,two primaries";

  private FaultPage() {}

  /// Puts a result in the place of the last one of its row.
  static void record(FaultResult result) throws IOException {
    Map<String, FaultResult> all = read(RESULTS);
    all.put(result.id(), result);
    var lines = new ArrayList<>(List.of(HEADER));
    for (FaultRow row : FaultTable.rows()) {
      FaultResult last = all.get(row.id());
      if (last != null) {
        lines.add(last.line());
      }
    }
    Files.write(RESULTS, lines);
    Files.writeString(PAGE, page(all));
  }

  /// Makes the page again from the results that are there.
  static void write() throws IOException {
    Files.writeString(PAGE, page(read(RESULTS)));
  }

  public static Map<String, FaultResult> read(Path results) throws IOException {
    Map<String, FaultResult> all = new TreeMap<>();
    if (Files.exists(results)) {
      var lines = Files.readAllLines(results);
      for (String line : lines.subList(1, lines.size())) {
        FaultResult result = FaultResult.parse(line);
        all.put(result.id(), result);
      }
    }
    return all;
  }

  /// The page.
  public static String page(Map<String, FaultResult> results) {
    var rows = FaultTable.rows();
    long passed =
        rows.stream()
            .map(row -> results.get(row.id()))
            .filter(result -> result != null && result.passed())
            .count();
    var text = new StringBuilder();
    text.append(
        """
        # Fault catalogue

        Made by `e2e/faults` from its rows and their last results; don't edit. What is done and judged, and
        how to repeat it: [How to run the fault tests](../how-to/fault-tests.md).

        """);
    text.append("%d rows; the last run of %d passed.%n%n".formatted(rows.size(), passed));
    text.append(
        "| row | fault | writes away at most | needs | last run | result | gap | acknowledged | lost | resurrected | duplicated | two primaries |\n");
    text.append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (FaultRow row : rows) {
      text.append(
          "| %s | %s | %s, %s s | %s | %s |%n"
              .formatted(
                  row.id(),
                  row.name(),
                  row.outage().words(),
                  number(row.outage().seconds()),
                  row.need().words(),
                  outcome(results.get(row.id()))));
    }
    return text.toString();
  }

  private static String number(double seconds) {
    return seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds);
  }

  private static String outcome(@Nullable FaultResult result) {
    if (result == null) {
      return "never | | | | | | |";
    }
    return String.format(
        Locale.ROOT,
        "%s | %s | %.3f s | %d | %d | %d | %d | %d",
        result.day(),
        result.passed() ? "passed" : "**failed**",
        result.gap(),
        result.acknowledged(),
        result.lost(),
        result.resurrected(),
        result.duplicated(),
        result.windows());
  }
}
