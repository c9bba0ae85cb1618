// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.howdah.apiserver.schema.FieldError.Type;
import dev.howdah.apiserver.schema.Schema.ListType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Checks values against a structural schema, in kube-apiserver's words (compared with it by the
/// conformance scenarios).
final class Validation {
  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  private final List<FieldError> errors = new ArrayList<>();

  private Validation() {}

  /// What is wrong with a value; empty when nothing is. Parts that are as they were in `old` pass:
  /// what was stored may stay, even if the schema has become stricter since.
  static List<FieldError> check(JsonNode value, @Nullable JsonNode old, Schema schema) {
    var validation = new Validation();
    validation.value(value, old, schema, "");
    return validation.errors;
  }

  private static List<FieldError> check(JsonNode value, Schema schema, String path) {
    var validation = new Validation();
    validation.value(value, null, schema, path);
    return validation.errors;
  }

  private void value(JsonNode value, @Nullable JsonNode old, Schema schema, String path) {
    if (old != null && JsonValues.same(value, old)) {
      return;
    }
    checkEnum(value, schema, path);
    if (value.isNull() && schema.nullable()) {
      return;
    }
    checkType(value, schema, path);
    switch (value) {
      case ObjectNode object -> object(object, old, schema, path);
      case ArrayNode array -> array(array, old, schema, path);
      case TextNode text -> text(text.asText(), schema, path);
      default -> {
        if (value.isNumber()) {
          number(value, schema, path);
        }
      }
    }
    combinations(value, schema, path);
  }

  private void checkEnum(JsonNode value, Schema schema, String path) {
    var allowed = schema.keyword("enum");
    if (allowed == null
        || (!value.isNull()
            && allowed.valueStream().anyMatch(each -> JsonValues.same(each, value)))) {
      return;
    }
    var known =
        allowed
            .valueStream()
            .map(each -> each.isTextual() ? each.asText() : each.toString())
            .toList();
    errors.add(FieldError.notSupported(path, value, known));
  }

  private void checkType(JsonNode value, Schema schema, String path) {
    var fits =
        switch (schema.type()) {
          case OBJECT -> value.isObject();
          case ARRAY -> value.isArray();
          case STRING -> value.isTextual();
          case BOOLEAN -> value.isBoolean();
          case NUMBER -> value.isNumber();
          case INTEGER -> isInteger(value);
          case ANY -> !schema.intOrString() || isInteger(value) || value.isTextual();
        };
    if (!fits) {
      var wanted =
          schema.type() == Schema.Type.ANY
              ? "integer,string"
              : schema.type().name().toLowerCase(Locale.ROOT);
      typeError(path, wanted, typeOf(value));
    }
  }

  private void typeError(String path, String wanted, String given) {
    errors.add(
        new FieldError(
            path,
            Type.TYPE_INVALID,
            TextNode.valueOf(given),
            "%s in body must be of type %s: %s".formatted(path, wanted, TextNode.valueOf(given))));
  }

  private static boolean isInteger(JsonNode value) {
    return value.isNumber() && value.canConvertToExactIntegral();
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "object";
      case ARRAY -> "array";
      case STRING -> "string";
      case BOOLEAN -> "boolean";
      case NUMBER -> isInteger(value) ? "integer" : "number";
      default -> "null";
    };
  }

  private void object(ObjectNode object, @Nullable JsonNode old, Schema schema, String path) {
    var size = object.size();
    atMost(size, schema.keyword("maxProperties"), path);
    var least = schema.keyword("minProperties");
    if (least != null && size < least.asInt()) {
      invalid(path, IntNode.valueOf(size), "should have at least %d properties", least.asInt());
    }
    for (var required : schema.required()) {
      if (!object.has(required)) {
        errors.add(FieldError.required(join(path, required), ""));
      }
    }
    if (schema.embeddedResource()) {
      embedded(object, path);
    }
    for (var entry : object.properties()) {
      var declared = schema.field(entry.getKey());
      if (declared != null) {
        var before = old == null ? null : old.get(entry.getKey());
        value(entry.getValue(), before, declared, join(path, entry.getKey()));
      }
    }
  }

  private void embedded(ObjectNode object, String path) {
    for (var required : List.of("apiVersion", "kind")) {
      if (object.path(required).asText().isEmpty()) {
        errors.add(FieldError.required(join(path, required), ""));
      }
    }
  }

  static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private void array(ArrayNode array, @Nullable JsonNode old, Schema schema, String path) {
    atMost(array.size(), schema.keyword("maxItems"), path);
    var least = schema.keyword("minItems");
    if (least != null && array.size() < least.asInt()) {
      invalid(path, IntNode.valueOf(array.size()), "should have at least %d items", least.asInt());
    }
    var items = schema.items();
    for (var i = 0; items != null && i < array.size(); i++) {
      var before = RuleValues.counterpart(old, array.get(i), schema);
      value(array.get(i), before, items, path + "[" + i + "]");
    }
    unique(array, schema, path);
  }

  private void unique(ArrayNode array, Schema schema, String path) {
    if (schema.listType() == ListType.ATOMIC) {
      return;
    }
    var seen = new ArrayList<JsonNode>();
    var reported = new ArrayList<JsonNode>();
    for (var i = 0; i < array.size(); i++) {
      var key = key(array.get(i), schema);
      if (seen.stream().noneMatch(each -> JsonValues.same(each, key))) {
        seen.add(key);
      } else if (reported.stream().noneMatch(each -> JsonValues.same(each, key))) {
        reported.add(key);
        errors.add(FieldError.duplicate(path + "[" + i + "]", key));
      }
    }
  }

  private static JsonNode key(JsonNode item, Schema list) {
    if (list.listType() == ListType.SET) {
      return item;
    }
    var key = JsonNodeFactory.instance.objectNode();
    for (var name : list.listMapKeys()) {
      if (item.has(name)) {
        key.set(name, item.get(name));
      }
    }
    return key;
  }

  private void atMost(int size, @Nullable JsonNode limit, String path) {
    if (limit != null && size > limit.asInt()) {
      errors.add(
          new FieldError(
              path,
              Type.TOO_MANY,
              IntNode.valueOf(size),
              "must have at most %d items".formatted(limit.asInt())));
    }
  }

  private void text(String text, Schema schema, String path) {
    checkLengthAndPattern(text, schema, path);
    if (!Formats.matches(schema.format(), text)) {
      errors.add(
          new FieldError(
              path,
              Type.TYPE_INVALID,
              TextNode.valueOf(text),
              "%s in body must be of type %s: %s"
                  .formatted(path, schema.format(), TextNode.valueOf(text))));
    }
  }

  /// Says only the first of these.
  private void checkLengthAndPattern(String text, Schema schema, String path) {
    var length = text.codePointCount(0, text.length());
    var most = schema.keyword("maxLength");
    if (most != null && length > most.asInt()) {
      errors.add(
          new FieldError(
              path, Type.TOO_LONG, null, "may not be more than %d bytes".formatted(most.asInt())));
      return;
    }
    var least = schema.keyword("minLength");
    if (least != null && length < least.asInt()) {
      invalid(path, TextNode.valueOf(text), "should be at least %d chars long", least.asInt());
      return;
    }
    var pattern = schema.keyword("pattern");
    if (pattern != null && !matches(pattern.asText(), text)) {
      invalid(path, TextNode.valueOf(text), "should match '%s'", pattern.asText());
    }
  }

  /// Patterns are Go's; what Java does not understand is not checked.
  private static boolean matches(String pattern, String text) {
    try {
      return PATTERNS
          .computeIfAbsent(pattern, each -> Pattern.compile(each.replace("(?P<", "(?<")))
          .matcher(text)
          .find();
    } catch (PatternSyntaxException e) {
      return true;
    }
  }

  private void number(JsonNode value, Schema schema, String path) {
    var number = value.decimalValue();
    var least = schema.keyword("minimum");
    if (least != null) {
      var exclusive = isTrue(schema.keyword("exclusiveMinimum"));
      var order = number.compareTo(least.decimalValue());
      if (order < 0 || (order == 0 && exclusive)) {
        invalid(path, value, "should be greater than %s%s", exclusive ? "" : "or equal to ", least);
      }
    }
    var most = schema.keyword("maximum");
    if (most != null) {
      var exclusive = isTrue(schema.keyword("exclusiveMaximum"));
      var order = number.compareTo(most.decimalValue());
      if (order > 0 || (order == 0 && exclusive)) {
        invalid(path, value, "should be less than %s%s", exclusive ? "" : "or equal to ", most);
      }
    }
    var factor = schema.keyword("multipleOf");
    if (factor != null && number.remainder(factor.decimalValue()).compareTo(BigDecimal.ZERO) != 0) {
      invalid(path, value, "should be a multiple of %s", factor);
    }
  }

  private static boolean isTrue(@Nullable JsonNode flag) {
    return flag != null && flag.asBoolean();
  }

  private void invalid(String path, JsonNode value, String detail, Object... arguments) {
    errors.add(FieldError.invalid(path, value, path + " in body " + detail.formatted(arguments)));
  }

  private void combinations(JsonNode value, Schema schema, String path) {
    var anyOf = schema.alternatives("anyOf");
    if (!anyOf.isEmpty()) {
      var results = results(anyOf, value, path);
      if (results.stream().noneMatch(List::isEmpty)) {
        combination(path, "must validate at least one schema (anyOf)");
        errors.addAll(fewest(results));
      }
    }
    var oneOf = schema.alternatives("oneOf");
    if (!oneOf.isEmpty()) {
      var results = results(oneOf, value, path);
      var valid = results.stream().filter(List::isEmpty).count();
      if (valid == 0) {
        combination(path, "must validate one and only one schema (oneOf). Found none valid");
        errors.addAll(fewest(results));
      } else if (valid > 1) {
        combination(
            path,
            "must validate one and only one schema (oneOf). Found %d valid alternatives"
                .formatted(valid));
      }
    }
    var allOf = schema.alternatives("allOf");
    if (!allOf.isEmpty()) {
      var results = results(allOf, value, path);
      results.forEach(errors::addAll);
      if (results.stream().anyMatch(each -> !each.isEmpty())) {
        var none = results.stream().noneMatch(List::isEmpty);
        combination(
            path, "must validate all the schemas (allOf)" + (none ? ". None validated" : ""));
      }
    }
    var not = schema.part("not");
    if (not != null && check(value, not, path).isEmpty()) {
      combination(path, "must not validate the schema (not)");
    }
  }

  /// The errors of the alternative that comes closest.
  private static List<FieldError> fewest(List<List<FieldError>> results) {
    return results.stream().min(Comparator.comparing(Validation::distance)).orElseThrow();
  }

  private static int distance(List<FieldError> result) {
    var missing = result.stream().anyMatch(each -> each.type() == Type.REQUIRED);
    return 2 * result.size() + (missing ? 1 : 0);
  }

  private static List<List<FieldError>> results(
      List<Schema> alternatives, JsonNode value, String path) {
    return alternatives.stream().map(each -> check(value, each, path)).toList();
  }

  private void combination(String path, String detail) {
    errors.add(FieldError.invalid("<nil>", "", "\"" + path + "\" " + detail));
  }
}
