// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The columns that a CustomResourceDefinition declares as `additionalPrinterColumns`.
final class CustomColumns {
  private CustomColumns() {}

  static List<Column> of(ObjectNode version) {
    var columns = new ArrayList<Column>();
    columns.add(Column.objectName());
    for (var declared : version.path("additionalPrinterColumns")) {
      var type = declared.path("type").asText();
      var path = JsonPath.parse(declared.path("jsonPath").asText());
      columns.add(
          new Column(
              declared.path("name").asText(),
              type,
              declared.path("format").asText(),
              declared.path("description").asText(),
              declared.path("priority").asInt(),
              row -> cell(type, path, row)));
    }
    if (columns.size() == 1) {
      columns.add(new Column("Age", "date", "", "", 0, Row::age));
    }
    return columns;
  }

  private static @Nullable Object cell(String type, JsonPath path, Row row) {
    var values = path.find(row.object());
    if (values.isEmpty() || values.getFirst().isNull()) {
      return null;
    }
    JsonNode value = values.getFirst();
    return switch (type) {
      case "integer" -> value.isNumber() ? (Object) value.longValue() : null;
      case "number" -> value.isNumber() ? (Object) value.doubleValue() : null;
      case "boolean" -> value.isBoolean() ? (Object) value.booleanValue() : null;
      case "date" -> Ages.since(value.asText(), row.now());
      default -> value.isContainerNode() ? value.toString() : value.asText();
    };
  }
}
