// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// One object, as the cells of a row look at it. Paths are JSON pointers.
record Row(ObjectNode object, Instant now) {
  static final String NONE = "<none>";
  static final String UNSET = "<unset>";

  JsonNode at(String path) {
    return object.at(path);
  }

  String text(String path) {
    return at(path).asText("");
  }

  /// The text, or another where it is absent or empty.
  String text(String path, String otherwise) {
    var text = text(path);
    return text.isEmpty() ? otherwise : text;
  }

  long number(String path) {
    return at(path).asLong();
  }

  int size(String path) {
    return at(path).size();
  }

  boolean isDeleted() {
    return at("/metadata").hasNonNull("deletionTimestamp");
  }

  /// The time since creation, such as `5m32s`.
  String age() {
    return since("/metadata/creationTimestamp");
  }

  String since(String path) {
    return Ages.since(text(path), now);
  }

  /// Texts of a list, joined.
  String joined(String path, String separator) {
    return at(path).valueStream().map(JsonNode::asText).collect(Collectors.joining(separator));
  }

  /// One text of each item of a list, joined.
  String joined(String path, String field, String separator) {
    return at(path)
        .valueStream()
        .map(each -> each.path(field).asText())
        .collect(Collectors.joining(separator));
  }

  /// A map of labels as `a=b,c=d`.
  String labels(String path) {
    var text =
        at(path)
            .propertyStream()
            .map(each -> each.getKey() + "=" + each.getValue().asText())
            .sorted()
            .collect(Collectors.joining(","));
    return text.isEmpty() ? NONE : text;
  }

  /// A label selector with its expressions, as `a=b,c in (d,e)`.
  String selector(String path) {
    var selector = at(path);
    if (selector.isMissingNode() || selector.isNull()) {
      return NONE;
    }
    var requirements = new TreeMap<String, String>();
    selector
        .path("matchLabels")
        .properties()
        .forEach(each ->
            requirements.put(each.getKey(), each.getKey() + "=" + each.getValue().asText()));
    var position = 0;
    for (var expression : selector.path("matchExpressions")) {
      // Several may be about one key.
      var key = expression.path("key").asText() + " " + position++;
      requirements.put(key, requirement(expression));
    }
    return requirements.isEmpty() ? NONE : String.join(",", requirements.values());
  }

  private static String requirement(JsonNode expression) {
    var key = expression.path("key").asText();
    List<String> values =
        expression.path("values").valueStream().map(JsonNode::asText).sorted().toList();
    var list = "(" + String.join(",", values) + ")";
    return switch (expression.path("operator").asText()) {
      case "In" -> key + " in " + list;
      case "NotIn" -> key + " notin " + list;
      case "Exists" -> key;
      default -> "!" + key;
    };
  }
}
