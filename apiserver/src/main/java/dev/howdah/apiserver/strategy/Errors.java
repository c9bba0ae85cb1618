// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.howdah.apiserver.schema.FieldError;
import dev.howdah.apiserver.schema.FieldError.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects what is wrong with an object.
public final class Errors {
  /// What the server says when a field may not change.
  public static final String IMMUTABLE = "field is immutable";

  private final List<FieldError> found = new ArrayList<>();

  /// A field that must be there is not.
  public void required(String field, String detail) {
    found.add(new FieldError(field, Type.REQUIRED, null, detail));
  }

  /// A value is wrong.
  public void invalid(String field, @Nullable JsonNode value, String detail) {
    var bad = value == null || value.isMissingNode() ? JsonNodeFactory.instance.nullNode() : value;
    found.add(new FieldError(field, Type.INVALID, bad, detail));
  }

  /// A text is wrong.
  public void invalid(String field, String value, String detail) {
    found.add(new FieldError(field, Type.INVALID, TextNode.valueOf(value), detail));
  }

  /// A field must not be set, or not be changed.
  public void forbidden(String field, String detail) {
    found.add(new FieldError(field, Type.FORBIDDEN, null, detail));
  }

  /// Two entries are the same.
  public void duplicate(String field, String value) {
    found.add(new FieldError(field, Type.DUPLICATE, TextNode.valueOf(value), ""));
  }

  /// What is referred to does not exist.
  public void notFound(String field, String value) {
    found.add(new FieldError(field, Type.NOT_FOUND, TextNode.valueOf(value), ""));
  }

  /// A value is none of those allowed.
  public void oneOf(String field, JsonNode value, String... allowed) {
    if (value.isMissingNode() || value.isNull()) {
      return;
    }
    for (var candidate : allowed) {
      if (candidate.equals(value.asText())) {
        return;
      }
    }
    var quoted = java.util.Arrays.stream(allowed).map(a -> "\"" + a + "\"").toList();
    found.add(
        new FieldError(
            field, Type.NOT_SUPPORTED, value, "supported values: " + String.join(", ", quoted)));
  }

  /// Requires that the value stays as it was.
  public void unchanged(String field, JsonNode now, JsonNode before) {
    if (!dev.howdah.apiserver.schema.JsonValues.same(now, before)) {
      invalid(field, now, IMMUTABLE);
    }
  }

  /// Adds what another judge found.
  public void addAll(List<FieldError> others) {
    found.addAll(others);
  }

  /// What was found so far.
  public List<FieldError> found() {
    return List.copyOf(found);
  }
}
