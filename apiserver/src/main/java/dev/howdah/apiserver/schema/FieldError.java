// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One wrong field of an object, in the words of kube-apiserver.
public record FieldError(String field, Type type, @Nullable JsonNode badValue, String detail) {
  /// What is wrong; `reason` is the cause type in a `Status`.
  public enum Type {
    NOT_FOUND("FieldValueNotFound", "Not found"),
    REQUIRED("FieldValueRequired", "Required value"),
    DUPLICATE("FieldValueDuplicate", "Duplicate value"),
    INVALID("FieldValueInvalid", "Invalid value"),
    NOT_SUPPORTED("FieldValueNotSupported", "Unsupported value"),
    FORBIDDEN("FieldValueForbidden", "Forbidden"),
    TOO_LONG("FieldValueTooLong", "Too long"),
    TOO_MANY("FieldValueTooMany", "Too many"),
    INTERNAL("InternalError", "Internal error"),
    TYPE_INVALID("FieldValueTypeInvalid", "Invalid value");

    private final String reason;
    private final String text;

    Type(String reason, String text) {
      this.reason = reason;
      this.text = text;
    }

    /// The cause type in a `Status`.
    public String reason() {
      return reason;
    }

    /// Whether rules cannot be asked about an object with such an error.
    boolean blocksRules() {
      return switch (this) {
        case NOT_SUPPORTED, REQUIRED, TOO_LONG, TOO_MANY, TYPE_INVALID -> true;
        case NOT_FOUND, DUPLICATE, INVALID, FORBIDDEN, INTERNAL -> false;
      };
    }

    boolean showsValue() {
      return switch (this) {
        case REQUIRED, FORBIDDEN, TOO_LONG, INTERNAL -> false;
        case NOT_FOUND, DUPLICATE, INVALID, NOT_SUPPORTED, TOO_MANY, TYPE_INVALID -> true;
      };
    }
  }

  static FieldError required(String field, String detail) {
    return new FieldError(field, Type.REQUIRED, null, detail);
  }

  static FieldError invalid(String field, @Nullable JsonNode value, String detail) {
    return new FieldError(field, Type.INVALID, value, detail);
  }

  static FieldError invalid(String field, String value, String detail) {
    return new FieldError(field, Type.INVALID, TextNode.valueOf(value), detail);
  }

  static FieldError forbidden(String field, String detail) {
    return new FieldError(field, Type.FORBIDDEN, null, detail);
  }

  static FieldError duplicate(String field, @Nullable JsonNode value) {
    return new FieldError(field, Type.DUPLICATE, value, "");
  }

  static FieldError notSupported(String field, @Nullable JsonNode value, Collection<String> known) {
    var list = known.stream().map(each -> "\"" + each + "\"").collect(Collectors.joining(", "));
    return new FieldError(field, Type.NOT_SUPPORTED, value, "supported values: " + list);
  }

  /// The text after the field's name: `Invalid value: 0: must be positive`.
  public String message() {
    var text = new StringBuilder(type.text);
    if (type.showsValue()) {
      text.append(": ").append(badValue == null ? "null" : badValue.toString());
    }
    if (!detail.isEmpty()) {
      text.append(": ").append(detail);
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return field.isEmpty() ? message() : field + ": " + message();
  }

  /// All errors in one line, as the `message` of a `Status` lists them.
  public static String join(List<FieldError> errors) {
    var distinct = errors.stream().map(FieldError::toString).distinct().toList();
    return distinct.size() == 1
        ? distinct.getFirst()
        : distinct.stream().collect(Collectors.joining(", ", "[", "]"));
  }

  /// The value a field has, for messages about a text.
  static JsonNode text(String value) {
    return JsonNodeFactory.instance.textNode(value);
  }
}
