// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.finding;

/// One thing that is wrong or unwise in a resource.
///
/// @param path the field, such as `spec.externalClusters[2].name`; empty for the whole object
/// @param value the offending value as text, shortened; empty where the field is missing
/// @param reason what is wrong with it
/// @param remedy what to do about it
public record Finding(
    Severity severity, Cause cause, String path, String value, String reason, String remedy) {
  private static final int LONGEST_VALUE = 120;

  public Finding {
    value = value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE) + "…";
  }

  /// Whether the resource is refused.
  public enum Severity {
    ERROR,
    WARNING
  }

  /// In what way a field is wrong, as Kubernetes sorts it.
  public enum Cause {
    INVALID("FieldValueInvalid", "Invalid value"),
    REQUIRED("FieldValueRequired", "Required value"),
    FORBIDDEN("FieldValueForbidden", "Forbidden"),
    DUPLICATE("FieldValueDuplicate", "Duplicate value"),
    NOT_SUPPORTED("FieldValueNotSupported", "Unsupported value"),
    TYPE("FieldValueTypeInvalid", "Invalid value"),
    UNKNOWN("FieldValueInvalid", "Unknown field");

    private final String reason;
    private final String words;

    Cause(String reason, String words) {
      this.reason = reason;
      this.words = words;
    }

    /// The reason in a `Status` of Kubernetes.
    public String reason() {
      return reason;
    }
  }

  public boolean isError() {
    return severity == Severity.ERROR;
  }

  /// What is wrong and what to do, without the path, in the words of Kubernetes: `Invalid value:
  /// "x": reason; remedy`.
  public String detail() {
    String shown = value.isEmpty() ? cause.words : cause.words + ": \"" + value + "\"";
    return shown + ": " + explanation();
  }

  /// What is wrong and what to do, in one sentence.
  public String explanation() {
    return remedy.isEmpty() ? reason : reason + "; " + remedy;
  }

  /// All of it on one line.
  public String message() {
    String said = isError() ? detail() : explanation();
    return path.isEmpty() ? said : path + ": " + said;
  }
}
