// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.rules.DefaultSettings;
import dev.howdah.api.rules.Rules;
import dev.howdah.api.schema.SchemaCheck;
import dev.howdah.api.schema.Schemas;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Judges a resource as an API server with Howdah's admission would: schema first, then rules.
public final class Validation {
  private Validation() {}

  /// All findings; none for a resource of a foreign kind.
  public static List<Finding> of(ObjectNode resource, @Nullable ObjectNode before) {
    return of(resource, before, DefaultSettings.STANDARD);
  }

  public static List<Finding> of(
      ObjectNode resource, @Nullable ObjectNode before, DefaultSettings settings) {
    Optional<Kind> kind =
        Kind.of(resource.path("apiVersion").asText(""), resource.path("kind").asText(""));
    if (kind.isEmpty()) {
      return List.of();
    }
    Findings schema = new Findings();
    SchemaCheck.check(resource, Schemas.of(kind.get()), schema);
    Place metadata = Place.root(resource).at("metadata");
    if (!metadata.at("name").filled() && !metadata.at("generateName").filled()) {
      schema.required(metadata.at("name"), "missing", "write the object's name");
    }
    return merged(schema.list(), Rules.check(resource, before, settings));
  }

  /// The findings of both, without those of the rules about places that the schema refuses anyway.
  private static List<Finding> merged(List<Finding> schema, List<Finding> rules) {
    Set<Finding> all = new LinkedHashSet<>(schema);
    for (Finding finding : rules) {
      boolean said =
          schema.stream()
              .anyMatch(known -> known.isError() && covers(known.path(), finding.path()));
      if (!said) {
        all.add(finding);
      }
    }
    return new ArrayList<>(all);
  }

  private static boolean covers(String outer, String inner) {
    return !outer.isEmpty()
        && inner.startsWith(outer)
        && (inner.length() == outer.length() || ".[".indexOf(inner.charAt(outer.length())) >= 0);
  }
}
