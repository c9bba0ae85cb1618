// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.resource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A selector over fields: equality only, and only of the fields that the type offers.
public record FieldSelector(List<Requirement> requirements) {
  /// Selects everything.
  public static final FieldSelector EVERYTHING = new FieldSelector(List.of());

  private static final Set<String> ALWAYS = Set.of("metadata.name", "metadata.namespace");

  /// One comparison.
  public record Requirement(String field, boolean equal, String value) {}

  public FieldSelector {
    requirements = List.copyOf(requirements);
  }

  /// Reads `a=b,c!=d`. Throws [IllegalArgumentException] when malformed or the type lacks the
  /// field.
  public static FieldSelector parse(String text, ResourceType type) {
    if (text.isBlank()) {
      return EVERYTHING;
    }
    var requirements = new ArrayList<Requirement>();
    for (var term : terms(text)) {
      var unequal = term.indexOf("!=");
      var at = unequal >= 0 ? unequal : term.indexOf('=');
      if (at <= 0) {
        throw new IllegalArgumentException(
            "invalid selector: '%s'; can't understand '%s'".formatted(text, term));
      }
      var operator = unequal >= 0 || term.startsWith("==", at) ? 2 : 1;
      var field = term.substring(0, at).strip();
      if (!ALWAYS.contains(field) && !type.selectableFields().contains(field)) {
        throw new IllegalArgumentException(
            type.custom() || !type.selectableFields().isEmpty()
                ? "field label not supported: " + field
                : "\"%s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    .formatted(field));
      }
      requirements.add(
          new Requirement(field, unequal < 0, unescaped(term.substring(at + operator))));
    }
    return new FieldSelector(requirements);
  }

  private static List<String> terms(String text) {
    var terms = new ArrayList<String>();
    var term = new StringBuilder();
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        term.append(c).append(text.charAt(++i));
      } else if (c == ',') {
        terms.add(term.toString());
        term.setLength(0);
      } else {
        term.append(c);
      }
    }
    terms.add(term.toString());
    terms.removeIf(String::isBlank);
    return terms;
  }

  private static String unescaped(String value) {
    return value.replaceAll("\\\\([\\\\,=])", "$1");
  }

  /// Whether everything is selected.
  public boolean everything() {
    return requirements.isEmpty();
  }

  /// The one name that is selected, or empty when the selector does not say.
  public String name() {
    for (var requirement : requirements) {
      if (requirement.equal() && requirement.field().equals("metadata.name")) {
        return requirement.value();
      }
    }
    return "";
  }

  /// Whether an object is selected.
  public boolean matches(ObjectNode object) {
    for (var requirement : requirements) {
      if (value(object, requirement.field()).equals(requirement.value()) != requirement.equal()) {
        return false;
      }
    }
    return true;
  }

  private static String value(ObjectNode object, String field) {
    if (field.equals("source")) { // of an event
      var component = object.path("source").path("component").asText();
      return component.isEmpty() ? object.path("reportingComponent").asText() : component;
    }
    JsonNode at = object;
    for (var part : field.split("\\.")) {
      at = at.path(part);
    }
    if (at.isMissingNode()
        && (field.equals("spec.unschedulable") || field.equals("spec.hostNetwork"))) {
      return "false";
    }
    return at.asText("");
  }
}
