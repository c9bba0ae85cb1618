// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.howdah.apiserver.cel.CelException;
import dev.howdah.apiserver.cel.Program;
import dev.howdah.apiserver.schema.FieldError.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The rules (`x-kubernetes-validations`) of one custom resource type. Each is compiled when a
/// value first meets it, and kept.
final class Rules {
  private static final String KEYWORD = "x-kubernetes-validations";
  private static final Set<String> VARIABLES = Set.of("self", "oldSelf");

  /// What is said when rules could not even be asked.
  static final FieldError UNCHECKED =
      FieldError.invalid(
          "<nil>",
          (JsonNode) null,
          "some validation rules were not checked because the object was invalid; correct the"
              + " existing errors to complete validation");

  /// One rule, compiled; `failure` says why it could not be.
  private record Rule(
      String text,
      String message,
      @Nullable Program program,
      @Nullable Program messageProgram,
      String failure,
      Type reason,
      String fieldPath,
      boolean withoutOld) {
    static Rule of(JsonNode declared) {
      var text = declared.path("rule").asText().strip();
      var messageText = declared.path("messageExpression").asText();
      Program program = null;
      Program messageProgram = null;
      var failure = "";
      try {
        program = Program.compile(text, VARIABLES);
        messageProgram = messageText.isEmpty() ? null : Program.compile(messageText, VARIABLES);
      } catch (CelException e) {
        failure = String.valueOf(e.getMessage());
      }
      return new Rule(
          text,
          declared.path("message").asText().strip(),
          program,
          messageProgram,
          failure,
          reason(declared.path("reason").asText()),
          declared.path("fieldPath").asText(),
          declared.path("optionalOldSelf").asBoolean());
    }

    private static Type reason(String reason) {
      return switch (reason) {
        case "FieldValueForbidden" -> Type.FORBIDDEN;
        case "FieldValueRequired" -> Type.REQUIRED;
        case "FieldValueDuplicate" -> Type.DUPLICATE;
        default -> Type.INVALID;
      };
    }

    /// What users are told about the rule itself.
    String description() {
      return message.isEmpty() ? text : message;
    }
  }

  private final Map<Schema, List<Rule>> compiled = new ConcurrentHashMap<>();

  /// Whether there are rules anywhere in a schema.
  static boolean in(JsonNode schema) {
    return schema.findValue(KEYWORD) != null;
  }

  /// Which rules a value breaks; `old` is the stored value for an update.
  List<FieldError> check(JsonNode value, @Nullable JsonNode old, Schema schema) {
    var errors = new ArrayList<FieldError>();
    check(value, old, schema, "", errors);
    return errors;
  }

  private void check(
      JsonNode value, @Nullable JsonNode old, Schema schema, String path, List<FieldError> errors) {
    if (value.isNull()) {
      return;
    }
    for (var rule : rules(schema)) {
      var error = evaluate(rule, value, old, schema, path);
      if (error != null) {
        errors.add(error);
      }
    }
    switch (value) {
      case ObjectNode object -> {
        for (var entry : object.properties()) {
          checkField(entry.getKey(), entry.getValue(), old, schema, path, errors);
        }
      }
      case ArrayNode array -> {
        var items = schema.items();
        for (var i = 0; items != null && i < array.size(); i++) {
          var before = RuleValues.counterpart(old, array.get(i), schema);
          check(array.get(i), before, items, path + "[" + i + "]", errors);
        }
      }
      default -> {}
    }
  }

  private void checkField(
      String name,
      JsonNode value,
      @Nullable JsonNode old,
      Schema schema,
      String path,
      List<FieldError> errors) {
    var before = old == null ? null : old.get(name);
    before = before == null || before.isNull() ? null : before;
    var declared = schema.properties().get(name);
    var values = schema.additionalProperties();
    if (declared != null) {
      check(value, before, declared, Validation.join(path, name), errors);
    } else if (values != null) {
      check(value, before, values, path + "[" + name + "]", errors);
    }
  }

  private List<Rule> rules(Schema schema) {
    var declared = schema.keyword(KEYWORD);
    return declared == null
        ? List.of()
        : compiled.computeIfAbsent(schema, _ -> declared.valueStream().map(Rule::of).toList());
  }

  private static @Nullable FieldError evaluate(
      Rule rule, JsonNode value, @Nullable JsonNode old, Schema schema, String path) {
    var program = rule.program();
    if (program == null) {
      return error(Type.INVALID, schema, path, "rule compile error: " + rule.failure());
    }
    var transition = program.uses("oldSelf");
    if (transition ? old == null && !rule.withoutOld() : old != null && unchanged(value, old)) {
      return null;
    }
    var variables = new HashMap<String, Object>();
    variables.put("self", RuleValues.of(value, schema));
    if (rule.withoutOld()) {
      variables.put(
          "oldSelf", Optional.ofNullable(old).map(before -> RuleValues.of(before, schema)));
    } else if (old != null) {
      variables.put("oldSelf", RuleValues.of(old, schema));
    }
    try {
      return Boolean.TRUE.equals(program.evaluate(variables))
          ? null
          : error(rule.reason(), schema, path + rule.fieldPath(), message(rule, variables));
    } catch (CelException e) {
      return error(
          Type.INVALID, schema, path, e.getMessage() + " evaluating rule: " + rule.description());
    }
  }

  /// What was stored may stay, even if rules have become stricter since.
  private static boolean unchanged(JsonNode value, JsonNode old) {
    return JsonValues.same(value, old);
  }

  private static String message(Rule rule, Map<String, Object> variables) {
    var program = rule.messageProgram();
    if (program != null) {
      try {
        if (program.evaluate(variables) instanceof String text && !text.isBlank()) {
          return text.strip();
        }
      } catch (CelException e) {
        // The plain message is there for this.
      }
    }
    return rule.message().isEmpty() ? "failed rule: " + rule.text() : rule.message();
  }

  private static FieldError error(Type reason, Schema schema, String path, String detail) {
    var type =
        schema.type() == Schema.Type.ANY ? "" : schema.type().name().toLowerCase(Locale.ROOT);
    return new FieldError(
        path.isEmpty() ? "<nil>" : path,
        reason,
        TextNode.valueOf(type),
        reason == Type.DUPLICATE ? "" : detail);
  }
}
