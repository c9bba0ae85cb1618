// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import com.fasterxml.jackson.databind.JsonNode;

/// Label selectors.
public final class Labels {
  private Labels() {}

  /// The labels of an object.
  public static JsonNode of(JsonNode object) {
    return object.path("metadata").path("labels");
  }

  /// Whether all pairs of a plain map (a Service's selector) are among the labels.
  public static boolean matchMap(JsonNode selector, JsonNode labels) {
    return selector.properties().stream()
        .allMatch(pair -> pair.getValue().asText().equals(labels.path(pair.getKey()).asText(null)));
  }

  /// Whether a LabelSelector (`matchLabels`, `matchExpressions`) selects the labels. An empty one
  /// selects everything, an absent one nothing.
  public static boolean match(JsonNode selector, JsonNode labels) {
    if (!selector.isObject() || !matchMap(selector.path("matchLabels"), labels)) {
      return false;
    }
    for (JsonNode requirement : selector.path("matchExpressions")) {
      if (!holds(requirement, labels)) {
        return false;
      }
    }
    return true;
  }

  /// Whether one requirement (`key`, `operator`, `values`) holds; also those of node selectors.
  public static boolean holds(JsonNode requirement, JsonNode labels) {
    JsonNode value = labels.path(requirement.path("key").asText());
    boolean present = !value.isMissingNode() && !value.isNull();
    return switch (requirement.path("operator").asText()) {
      case "In" -> present && contains(requirement.path("values"), value.asText());
      case "NotIn" -> !present || !contains(requirement.path("values"), value.asText());
      case "Exists" -> present;
      case "DoesNotExist" -> !present;
      case "Gt" -> present && compare(value, requirement) > 0;
      case "Lt" -> present && compare(value, requirement) < 0;
      default -> false;
    };
  }

  private static boolean contains(JsonNode values, String wanted) {
    for (JsonNode value : values) {
      if (value.asText().equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  private static int compare(JsonNode value, JsonNode requirement) {
    return Long.compare(value.asLong(), requirement.path("values").path(0).asLong());
  }
}
