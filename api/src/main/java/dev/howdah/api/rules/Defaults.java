// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.schema.SchemaDefaults;
import dev.howdah.api.schema.Schemas;
import java.util.Optional;

/// Fills in what a resource leaves open: the defaults of its schema, and those that need thought.
public final class Defaults {
  private Defaults() {}

  /// As [#apply(ObjectNode, DefaultSettings)], with the standard settings.
  public static ObjectNode apply(ObjectNode resource) {
    return apply(resource, DefaultSettings.STANDARD);
  }

  /// A copy of the resource with its defaults; applying them again changes nothing. A resource of a
  /// foreign kind comes back as it is.
  public static ObjectNode apply(ObjectNode resource, DefaultSettings settings) {
    Optional<Kind> kind = kindOf(resource);
    ObjectNode copy = resource.deepCopy();
    if (kind.isEmpty()) {
      return copy;
    }
    SchemaDefaults.fill(copy, Schemas.of(kind.get()));
    if (kind.get() == Kind.CLUSTER && copy.path("spec") instanceof ObjectNode spec) {
      ClusterDefaults.fill(copy, spec, settings);
      SchemaDefaults.fill(copy, Schemas.of(Kind.CLUSTER)); // of what was just added
    }
    return copy;
  }

  static Optional<Kind> kindOf(JsonNode resource) {
    return Kind.of(resource.path("apiVersion").asText(""), resource.path("kind").asText(""));
  }
}
