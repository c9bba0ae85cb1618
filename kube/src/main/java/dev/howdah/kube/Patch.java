// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;

/// A partial change of an object.
public sealed interface Patch {
  /// RFC 7396: null removes a field, lists are replaced as a whole.
  record Merge(ObjectNode body) implements Patch {}

  /// RFC 6902: a list of operations; `test` operations make it conditional.
  record Json(ArrayNode body) implements Patch {}

  /// Kubernetes' own merge of built-in types, which knows the keys of lists.
  record Strategic(ObjectNode body) implements Patch {}

  /// Server-side apply: the fields in `body` are ours, fields we leave out are no longer ours.
  record Apply(ObjectNode body, String fieldManager, boolean force) implements Patch {}

  /// What is sent.
  JsonNode body();

  /// The media type that names the kind of patch.
  default String contentType() {
    return switch (this) {
      case Merge _ -> "application/merge-patch+json";
      case Json _ -> "application/json-patch+json";
      case Strategic _ -> "application/strategic-merge-patch+json";
      case Apply _ -> "application/apply-patch+yaml";
    };
  }

  /// Query parameters that belong to the patch.
  default Map<String, String> parameters() {
    var parameters = new LinkedHashMap<String, String>();
    if (this instanceof Apply(_, var fieldManager, var force)) {
      parameters.put("fieldManager", fieldManager);
      if (force) {
        parameters.put("force", "true");
      }
    }
    return parameters;
  }
}
