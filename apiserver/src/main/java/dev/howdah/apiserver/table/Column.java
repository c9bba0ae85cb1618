// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One column: its head, and how a cell is made. A cell is a text, a number, a boolean or null.
/// Priority 1 shows only with `-o wide`.
record Column(
    String name,
    String type,
    String format,
    String description,
    int priority,
    Function<Row, @Nullable Object> cell) {

  static Column text(String name, Function<Row, @Nullable Object> cell) {
    return new Column(name, "string", "", "", 0, cell);
  }

  static Column number(String name, Function<Row, @Nullable Object> cell) {
    return new Column(name, "integer", "", "", 0, cell);
  }

  static Column flag(String name, Function<Row, @Nullable Object> cell) {
    return new Column(name, "boolean", "", "", 0, cell);
  }

  /// The first column of every table.
  static Column objectName() {
    return new Column("Name", "string", "name", "", 0, row -> row.text("/metadata/name"));
  }

  static Column age() {
    return text("Age", Row::age);
  }

  /// The same, shown only with `-o wide`.
  Column wide() {
    return new Column(name, type, format, description, 1, cell);
  }

  ObjectNode definition() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", name)
        .put("type", type)
        .put("format", format)
        .put("description", description)
        .put("priority", priority);
  }
}
