// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.howdah.apiserver.schema.JsonValues;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The JSONPath of printer columns: fields, indices, slices, wildcards, recursive descent, and
/// filters such as `[?(@.type=="Ready")]`. What is missing yields nothing.
final class JsonPath {
  private static final Pattern FILTER =
      Pattern.compile("\\?\\(\\s*@(.*?)\\s*(?:(==|!=|<=|>=|<|>)\\s*(.+?)\\s*)?\\)");
  private static final Pattern SLICE = Pattern.compile("(-?\\d*):(-?\\d*)(?::(\\d+))?");

  /// One step: from values to those it leads to.
  private sealed interface Step {
    record Field(String name) implements Step {}

    record Index(int index) implements Step {}

    record Slice(@Nullable Integer from, @Nullable Integer to, int stride) implements Step {}

    record All() implements Step {}

    record Descend() implements Step {}

    record Filter(JsonPath left, String operator, @Nullable JsonNode right) implements Step {}
  }

  private final List<Step> steps;

  private JsonPath(List<Step> steps) {
    this.steps = List.copyOf(steps);
  }

  /// Reads a path; what cannot be understood finds nothing.
  static JsonPath parse(String text) {
    var path = text.strip();
    if (path.startsWith("{") && path.endsWith("}")) {
      path = path.substring(1, path.length() - 1).strip();
    }
    return new JsonPath(new Parser(path.startsWith("$") ? path.substring(1) : path).steps());
  }

  /// The values the path leads to.
  List<JsonNode> find(JsonNode root) {
    var values = List.of(root);
    for (var step : steps) {
      var next = new ArrayList<JsonNode>();
      values.forEach(value -> follow(step, value, next));
      values = next;
    }
    return values;
  }

  private static void follow(Step step, JsonNode value, List<JsonNode> into) {
    switch (step) {
      case Step.Field(var name) -> add(value.get(name), into);
      case Step.Index(var index) ->
          add(value.isArray() ? value.get(index < 0 ? value.size() + index : index) : null, into);
      case Step.Slice slice -> slice(slice, value, into);
      case Step.All _ -> value.forEach(into::add);
      case Step.Descend _ -> descend(value, into);
      case Step.Filter filter -> {
        for (var item : value) {
          if (matches(filter, item)) {
            into.add(item);
          }
        }
      }
    }
  }

  private static void add(@Nullable JsonNode value, List<JsonNode> into) {
    if (value != null) {
      into.add(value);
    }
  }

  private static void descend(JsonNode value, List<JsonNode> into) {
    into.add(value);
    value.forEach(child -> descend(child, into));
  }

  private static void slice(Step.Slice slice, JsonNode value, List<JsonNode> into) {
    var size = value.size();
    var from = bound(slice.from(), 0, size);
    var to = bound(slice.to(), size, size);
    for (var i = from; i < to; i += slice.stride()) {
      add(value.get(i), into);
    }
  }

  private static int bound(@Nullable Integer given, int otherwise, int size) {
    var value = given == null ? otherwise : given < 0 ? size + given : given;
    return Math.clamp(value, 0, size);
  }

  private static boolean matches(Step.Filter filter, JsonNode item) {
    var found = filter.left().find(item);
    if (filter.right() == null) {
      return !found.isEmpty();
    }
    if (found.isEmpty()) {
      return false;
    }
    var left = found.getFirst();
    var order =
        left.isNumber() && filter.right().isNumber()
            ? Double.compare(left.doubleValue(), filter.right().doubleValue())
            : left.asText().compareTo(filter.right().asText());
    return switch (filter.operator()) {
      case "==" -> JsonValues.same(left, filter.right());
      case "!=" -> !JsonValues.same(left, filter.right());
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      default -> order >= 0;
    };
  }

  /// Reads the text of a path from left to right.
  private static final class Parser {
    private final String text;
    private final List<Step> steps = new ArrayList<>();
    private int position;

    Parser(String text) {
      this.text = text;
    }

    List<Step> steps() {
      while (position < text.length()) {
        if (text.startsWith("..", position)) {
          position += 2;
          steps.add(new Step.Descend());
          name();
        } else if (text.charAt(position) == '.') {
          position++;
          name();
        } else if (text.charAt(position) == '[') {
          bracket();
        } else {
          name();
        }
      }
      return steps;
    }

    private void name() {
      var name = new StringBuilder();
      while (position < text.length() && ".[".indexOf(text.charAt(position)) < 0) {
        if (text.charAt(position) == '\\' && position + 1 < text.length()) {
          position++;
        }
        name.append(text.charAt(position++));
      }
      if (name.toString().equals("*")) {
        steps.add(new Step.All());
      } else if (!name.isEmpty()) {
        steps.add(new Step.Field(name.toString()));
      }
    }

    private void bracket() {
      var end = closing();
      var inside = text.substring(position + 1, end).strip();
      position = Math.min(end + 1, text.length());
      var filter = FILTER.matcher(inside);
      var slice = SLICE.matcher(inside);
      if (inside.equals("*")) {
        steps.add(new Step.All());
      } else if (inside.startsWith("'") || inside.startsWith("\"")) {
        steps.add(new Step.Field(inside.substring(1, inside.length() - 1)));
      } else if (filter.matches()) {
        var operator = filter.group(2);
        steps.add(
            new Step.Filter(
                parse(filter.group(1)),
                operator == null ? "" : operator,
                operator == null ? null : literal(filter.group(3))));
      } else if (slice.matches()) {
        steps.add(
            new Step.Slice(
                number(slice.group(1)),
                number(slice.group(2)),
                slice.group(3) == null ? 1 : Math.max(1, Integer.parseInt(slice.group(3)))));
      } else {
        var index = number(inside);
        steps.add(index == null ? new Step.Field(inside) : new Step.Index(index));
      }
    }

    /// The closing bracket, past nested ones and quoted texts.
    private int closing() {
      var depth = 0;
      var quote = '\0';
      for (var i = position; i < text.length(); i++) {
        var c = text.charAt(i);
        if (quote != '\0') {
          quote = c == quote ? '\0' : quote;
        } else if (c == '\'' || c == '"') {
          quote = c;
        } else if (c == '[') {
          depth++;
        } else if (c == ']' && --depth == 0) {
          return i;
        }
      }
      return text.length();
    }

    private static @Nullable Integer number(String text) {
      try {
        return text.isEmpty() ? null : Integer.valueOf(text);
      } catch (NumberFormatException e) {
        return null;
      }
    }

    private static JsonNode literal(String text) {
      if (text.startsWith("\"") || text.startsWith("'")) {
        return TextNode.valueOf(text.substring(1, Math.max(1, text.length() - 1)));
      }
      if (text.equals("true") || text.equals("false")) {
        return BooleanNode.valueOf(text.equals("true"));
      }
      try {
        return DoubleNode.valueOf(Double.parseDouble(text));
      } catch (NumberFormatException e) {
        return TextNode.valueOf(text);
      }
    }
  }
}
