// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import static dev.howdah.apiserver.table.Column.text;

import java.util.List;
import java.util.Locale;

/// Events of both groups: the newer one has the older one's fields under other names.
final class EventCells {
  static final List<Column> COLUMNS =
      List.of(
          text("Last Seen", EventCells::lastSeen),
          text("Type", row -> row.text("/type")),
          text("Reason", row -> row.text("/reason")),
          text("Object", EventCells::object),
          text("Subobject", row -> either(row, "/involvedObject", "/regarding", "/fieldPath"))
              .wide(),
          text("Source", EventCells::source).wide(),
          text("Message", row -> row.text("/message", row.text("/note")).strip()),
          text("First Seen", EventCells::firstSeen).wide(),
          text("Count", EventCells::count).wide(),
          new Column("Name", "string", "name", "", 1, row -> row.text("/metadata/name")));

  private EventCells() {}

  private static String either(Row row, String core, String newer, String path) {
    return row.text(core + path, row.text(newer + path));
  }

  private static String object(Row row) {
    var kind = either(row, "/involvedObject", "/regarding", "/kind").toLowerCase(Locale.ROOT);
    var name = either(row, "/involvedObject", "/regarding", "/name");
    return name.isEmpty() ? kind : kind + "/" + name;
  }

  private static String source(Row row) {
    var component =
        first(
            row,
            "/source/component",
            "/deprecatedSource/component",
            "/reportingComponent",
            "/reportingController");
    var instance = first(row, "/source/host", "/deprecatedSource/host", "/reportingInstance");
    return instance.isEmpty() ? component : component + ", " + instance;
  }

  private static String first(Row row, String... paths) {
    for (var path : paths) {
      if (!row.text(path).isEmpty()) {
        return row.text(path);
      }
    }
    return "";
  }

  private static String firstSeen(Row row) {
    var first = row.text("/firstTimestamp", row.text("/deprecatedFirstTimestamp"));
    return Ages.since(first.isEmpty() ? row.text("/eventTime") : first, row.now());
  }

  private static String lastSeen(Row row) {
    var last =
        row.at("/series").isObject()
            ? row.text("/series/lastObservedTime")
            : row.text("/lastTimestamp", row.text("/deprecatedLastTimestamp"));
    return last.isEmpty() ? firstSeen(row) : Ages.since(last, row.now());
  }

  private static long count(Row row) {
    if (row.at("/series").isObject()) {
      return row.number("/series/count");
    }
    return Math.max(1, Math.max(row.number("/count"), row.number("/deprecatedCount")));
  }
}
