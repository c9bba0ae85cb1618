// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.api.finding.Finding.Cause;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.schema.Schema.Bounds;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Checks a tree against a schema, as an API server does that refuses unknown fields.
public final class SchemaCheck {
  private static final Map<String, String> NOT_HERE =
      Map.of(
          "replicas", "instances",
          "numberOfInstances", "instances",
          "version", "imageName",
          "image", "imageName",
          "volume", "storage",
          "pgbouncer", "a Pooler object",
          "users", "managed.roles",
          "databases", "Database objects",
          "parameters", "postgresql.parameters");

  private final Findings findings;

  private SchemaCheck(Findings findings) {
    this.findings = findings;
  }

  /// Checks a whole resource: all but its metadata, which Kubernetes checks, and its status, which
  /// no manifest sets.
  public static void check(JsonNode resource, Schema schema, Findings findings) {
    SchemaCheck check = new SchemaCheck(findings);
    Place root = Place.root(resource);
    for (String key : root.keys()) {
      Schema property = schema.properties().get(key);
      if (property == null) {
        check.unknown(root.at(key), key, schema.properties().keySet());
      } else if (!key.equals("metadata") && !key.equals("status")) {
        check.value(root.at(key), property);
      }
    }
    check.required(root, schema);
  }

  private void value(Place place, Schema schema) {
    JsonNode node = place.node();
    switch (schema.type()) {
      case OBJECT -> object(place, schema);
      case ARRAY -> list(place, schema);
      case STRING -> string(place, schema);
      case INTEGER -> integer(place, schema);
      case NUMBER -> {
        if (!node.isNumber()) {
          wrongType(place, "a number");
        }
      }
      case BOOLEAN -> {
        if (!node.isBoolean()) {
          wrongType(place, "true or false, without quotes");
        }
      }
      case INT_OR_STRING -> {
        if (!node.isIntegralNumber() && !node.isTextual()) {
          wrongType(place, "a number or a text");
        } else {
          pattern(place, schema);
        }
      }
    }
  }

  private void object(Place place, Schema schema) {
    if (!place.node().isObject()) {
      wrongType(place, "fields below it");
      return;
    }
    Schema values = schema.values();
    if (place.node().size() > schema.bounds().maxItems()) {
      findings.error(
          Cause.INVALID,
          place,
          "more than " + schema.bounds().maxItems() + " entries",
          "remove some");
    }
    for (String key : place.keys()) {
      Place child = values != null ? place.entry(key) : place.at(key);
      Schema property = values != null ? values : schema.properties().get(key);
      if (property == null) {
        unknown(child, key, schema.properties().keySet());
      } else if (!child.node().isNull()) {
        value(child, property);
      }
    }
    required(place, schema);
  }

  /// A field with a default is there once the API server has seen the resource.
  private void required(Place place, Schema schema) {
    for (String name : schema.required()) {
      Schema property = schema.properties().get(name);
      boolean filledIn = property != null && property.defaultValue() != null;
      if (!filledIn && !place.at(name).present()) {
        findings.required(place.at(name), "missing", "add it");
      }
    }
  }

  private void unknown(Place place, String key, Set<String> known) {
    String near = NearestName.of(key, known);
    String meant = NOT_HERE.getOrDefault(key, "");
    String remedy;
    if (place.path().equals("spec." + key) && !meant.isEmpty()) {
      remedy = "here it is " + meant;
    } else if (!near.isEmpty()) {
      remedy = "did you mean " + near + "?";
    } else {
      remedy = "remove it, or see `kubectl explain` for the fields there are";
    }
    findings.error(Cause.UNKNOWN, place, "no such field", remedy);
  }

  private void list(Place place, Schema schema) {
    if (!place.node().isArray()) {
      wrongType(place, "a list: items that begin with '-'");
      return;
    }
    Bounds bounds = schema.bounds();
    if (place.node().size() > bounds.maxItems()) {
      findings.invalid(place, "more than " + bounds.maxItems() + " items", "remove some");
      return;
    }
    if (place.node().size() < bounds.minItems()) {
      findings.required(place, "needs at least " + bounds.minItems() + " item", "add it");
    }
    Schema items = schema.items();
    List<Place> all = place.items();
    if (items != null) {
      all.forEach(item -> value(item, items));
    }
    duplicates(all, schema);
  }

  private void duplicates(List<Place> items, Schema schema) {
    if (schema.listKeys().isEmpty() && !schema.set()) {
      return;
    }
    Set<List<String>> seen = new HashSet<>();
    for (Place item : items) {
      List<String> key =
          schema.set()
              ? List.of(item.text())
              : schema.listKeys().stream().map(name -> item.at(name).text()).toList();
      if (!seen.add(key)) {
        Place named = schema.listKeys().size() == 1 ? item.at(schema.listKeys().getFirst()) : item;
        findings.duplicate(named, "stands in the list before", "give each item a name of its own");
      }
    }
  }

  private void string(Place place, Schema schema) {
    if (!place.node().isTextual()) {
      wrongType(place, place.node().isValueNode() ? "a text; put quotes around it" : "a text");
      return;
    }
    String text = place.node().asText();
    int length = text.codePointCount(0, text.length());
    if (length > schema.bounds().maxLength()) {
      findings.invalid(
          place, "longer than " + schema.bounds().maxLength() + " characters", "shorten it");
    } else if (length < schema.bounds().minLength()) {
      findings.required(place, "empty", "write a value, or remove the field");
    }
    if (!schema.oneOf().isEmpty() && !schema.oneOf().contains(text)) {
      List<String> shown = schema.oneOf().stream().filter(value -> !value.isEmpty()).toList();
      findings.notSupported(place, "not one of those allowed", "write " + orList(shown));
    }
    pattern(place, schema);
    if (schema.format().equals("date-time") && !isDateTime(text)) {
      findings.invalid(place, "not a date and time", "write it as 2026-01-31T00:00:00Z");
    }
  }

  private void pattern(Place place, Schema schema) {
    Pattern pattern = schema.pattern();
    if (pattern != null && !pattern.matcher(place.node().asText()).find()) {
      findings.invalid(place, PatternWords.reason(pattern), PatternWords.remedy(pattern));
    }
  }

  private void integer(Place place, Schema schema) {
    JsonNode node = place.node();
    boolean whole =
        node.isIntegralNumber()
            || (node.isNumber() && node.decimalValue().stripTrailingZeros().scale() <= 0);
    if (!whole) {
      wrongType(place, node.isTextual() ? "a whole number, without quotes" : "a whole number");
      return;
    }
    boolean fits =
        schema.format().equals("int32") ? node.canConvertToInt() : node.canConvertToLong();
    if (!fits) {
      findings.invalid(place, "too big a number", "write a smaller one");
    } else if (node.asLong() < schema.bounds().minimum()) {
      findings.invalid(
          place,
          "less than " + schema.bounds().minimum(),
          "write " + schema.bounds().minimum() + " or more");
    } else if (node.asLong() > schema.bounds().maximum()) {
      findings.invalid(
          place,
          "more than " + schema.bounds().maximum(),
          "write " + schema.bounds().maximum() + " or less");
    }
  }

  private void wrongType(Place place, String wanted) {
    String found =
        switch (place.node().getNodeType()) {
          case OBJECT -> "fields";
          case ARRAY -> "a list";
          case STRING -> "a text";
          case NUMBER -> "a number";
          case BOOLEAN -> "true or false";
          default -> "nothing";
        };
    findings.error(Cause.TYPE, place, "found " + found, "write " + wanted);
  }

  private static boolean isDateTime(String text) {
    try {
      OffsetDateTime.parse(text);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static String orList(List<String> values) {
    return values.size() == 1
        ? values.getFirst()
        : String.join(", ", values.subList(0, values.size() - 1)) + " or " + values.getLast();
  }
}
