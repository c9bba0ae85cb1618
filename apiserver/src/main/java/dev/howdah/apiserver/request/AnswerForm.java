// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.request;

import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.table.Tables.IncludeObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How the client wants to see objects: whole, as a table, or only their metadata; as JSON or YAML.
public record AnswerForm(Shape shape, boolean yaml, IncludeObject include) {
  /// What is shown.
  public enum Shape {
    WHOLE,
    TABLE,
    METADATA
  }

  /// Whole objects as JSON.
  public static final AnswerForm JSON = new AnswerForm(Shape.WHOLE, false, IncludeObject.METADATA);

  private static final String TYPES = "application/json, application/yaml";

  private record Accepted(String type, Map<String, String> parameters) {}

  /// Reads the `Accept` header and the `includeObject` parameter; the first form we have wins.
  public static AnswerForm of(String accept, String includeObject) {
    if (accept.isBlank()) {
      return JSON;
    }
    for (var option : options(accept)) {
      var yaml = option.type().equals("application/yaml");
      var known =
          yaml
              || option.type().equals("application/json")
              || option.type().equals("application/*")
              || option.type().equals("*/*");
      if (known) {
        var as = option.parameters().getOrDefault("as", "");
        var meta =
            option.parameters().getOrDefault("g", "").equals("meta.k8s.io")
                && option.parameters().getOrDefault("v", "").equals("v1");
        if (as.isEmpty()) {
          return new AnswerForm(Shape.WHOLE, yaml, IncludeObject.METADATA);
        }
        if (meta && as.equals("Table")) {
          return new AnswerForm(Shape.TABLE, yaml, include(includeObject));
        }
        if (meta && as.startsWith("PartialObjectMetadata")) {
          return new AnswerForm(Shape.METADATA, yaml, IncludeObject.METADATA);
        }
      }
    }
    throw ApiException.notAcceptable(TYPES);
  }

  private static IncludeObject include(String parameter) {
    return switch (parameter) {
      case "None" -> IncludeObject.NONE;
      case "Object" -> IncludeObject.OBJECT;
      default -> IncludeObject.METADATA;
    };
  }

  private static List<Accepted> options(String accept) {
    var options = new ArrayList<Accepted>();
    for (var option : accept.split(",")) {
      var parts = option.split(";");
      var parameters = new HashMap<String, String>();
      for (var i = 1; i < parts.length; i++) {
        var equals = parts[i].indexOf('=');
        if (equals > 0) {
          parameters.put(
              parts[i].substring(0, equals).strip(), parts[i].substring(equals + 1).strip());
        }
      }
      options.add(new Accepted(parts[0].strip().toLowerCase(Locale.ROOT), parameters));
    }
    return options;
  }

  /// The type of the answer.
  public String contentType() {
    return yaml ? "application/yaml" : "application/json";
  }
}
