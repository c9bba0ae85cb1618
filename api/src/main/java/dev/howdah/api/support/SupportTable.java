// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.support;

import dev.howdah.api.support.Support.State;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The support of all fields, as `fields.txt` beside this class lists it.
///
/// Fields are written `Cluster.spec.postgresql.parameters`, without the indexes of lists.
public final class SupportTable {
  private static final Map<String, Support> LINES = read();

  private SupportTable() {}

  /// The support of a field: that of its own line, or of the nearest field around it.
  public static Optional<Support> of(String field) {
    String path = field;
    while (true) {
      Support support = LINES.get(path);
      if (support != null) {
        return Optional.of(support);
      }
      int dot = path.lastIndexOf('.');
      if (dot < 0) {
        return Optional.empty();
      }
      path = path.substring(0, dot);
    }
  }

  /// Whether a field below this one has a line of its own.
  static boolean distinguishesBelow(String field) {
    String prefix = field + ".";
    return LINES.keySet().stream().anyMatch(line -> line.startsWith(prefix));
  }

  /// All lines, in their order.
  public static Map<String, Support> lines() {
    return LINES;
  }

  private static Map<String, Support> read() {
    Map<String, Support> lines = new LinkedHashMap<>();
    try (var in = SupportTable.class.getResourceAsStream("fields.txt")) {
      if (in == null) {
        throw new IllegalStateException("missing from the build: fields.txt");
      }
      var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          String[] words = line.strip().split("\\s+", 3);
          Support support =
              new Support(
                  words[0].equals("later") ? State.LATER : State.SUPPORTED,
                  words.length > 2 ? words[2] : "");
          if (lines.put(words[1], support) != null) {
            throw new IllegalStateException("fields.txt has two lines for " + words[1]);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Collections.unmodifiableMap(lines);
  }
}
