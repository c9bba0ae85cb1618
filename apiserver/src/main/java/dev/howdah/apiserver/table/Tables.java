// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;

/// What `kubectl get` shows: a `Table` (`as=Table;v=v1;g=meta.k8s.io`), or objects reduced to their
/// metadata (`as=PartialObjectMetadata`, `as=PartialObjectMetadataList`).
public final class Tables {
  private static final String META = "meta.k8s.io/v1";

  private Tables() {}

  /// What a row carries of its object: the query parameter `includeObject`.
  public enum IncludeObject {
    NONE,
    METADATA,
    OBJECT;

    /// Reads the parameter; metadata without one.
    public static IncludeObject of(String parameter) {
      return switch (parameter) {
        case "None" -> NONE;
        case "Object" -> OBJECT;
        default -> METADATA;
      };
    }
  }

  /// The columns of one kind.
  public sealed interface Columns {}

  private record Known(List<Column> columns, boolean pods) implements Columns {}

  /// The columns of a built-in resource; name and age for those with none of their own.
  public static Columns builtIn(String group, String resource) {
    var columns = BuiltInColumns.of(group, resource);
    return new Known(columns, columns == PodCells.COLUMNS);
  }

  /// The columns of a custom resource: `version` is an entry of `spec.versions` of its definition.
  public static Columns customResource(ObjectNode version) {
    return new Known(CustomColumns.of(version), false);
  }

  /// The table of one object or of a list.
  public static ObjectNode render(
      ObjectNode objectOrList, Columns columns, IncludeObject include, Instant now) {
    var known = (Known) columns;
    var table = JsonNodeFactory.instance.objectNode().put("kind", "Table").put("apiVersion", META);
    var metadata = table.putObject("metadata");
    for (var field : List.of("resourceVersion", "continue", "remainingItemCount")) {
      var value = objectOrList.path("metadata").get(field);
      if (value != null) {
        metadata.set(field, value);
      }
    }
    var heads = table.putArray("columnDefinitions");
    known.columns().forEach(column -> heads.add(column.definition()));
    var rows = table.putArray("rows");
    if (isList(objectOrList)) {
      for (var item : objectOrList.path("items")) {
        rows.add(row((ObjectNode) item, known, include, now));
      }
    } else {
      rows.add(row(objectOrList, known, include, now));
    }
    return table;
  }

  private static boolean isList(ObjectNode object) {
    return object.path("kind").asText().endsWith("List")
        && object.path("items") instanceof ArrayNode;
  }

  private static ObjectNode row(
      ObjectNode object, Known known, IncludeObject include, Instant now) {
    var source = new Row(object, now);
    var row = JsonNodeFactory.instance.objectNode();
    var cells = row.putArray("cells");
    for (var column : known.columns()) {
      switch (column.cell().apply(source)) {
        case null -> cells.addNull();
        case Long number -> cells.add(number);
        case Integer number -> cells.add(number);
        case Double number -> cells.add(number);
        case Boolean flag -> cells.add(flag);
        case Object text -> cells.add(text.toString());
      }
    }
    if (known.pods()) {
      var conditions = PodCells.rowConditions(source);
      if (!conditions.isEmpty()) {
        row.set("conditions", conditions);
      }
    }
    switch (include) {
      case NONE -> row.putNull("object");
      case METADATA -> row.set("object", partial(object));
      case OBJECT -> row.set("object", object);
    }
    return row;
  }

  /// One object's metadata, or those of a list's items.
  public static ObjectNode partialMetadata(ObjectNode objectOrList) {
    if (!isList(objectOrList)) {
      return partial(objectOrList);
    }
    var list =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", "PartialObjectMetadataList")
            .put("apiVersion", META);
    list.set("metadata", objectOrList.path("metadata"));
    var items = list.putArray("items");
    objectOrList.path("items").forEach(item -> items.add(partial((ObjectNode) item)));
    return list;
  }

  private static ObjectNode partial(ObjectNode object) {
    var partial =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", "PartialObjectMetadata")
            .put("apiVersion", META);
    partial.set("metadata", object.path("metadata"));
    return partial;
  }
}
