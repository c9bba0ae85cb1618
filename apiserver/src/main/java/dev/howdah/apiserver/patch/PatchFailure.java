// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import java.util.List;

/// A patch that cannot be applied, with what the `Status` of the answer says about it.
public final class PatchFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// One reason: `type` is a cause type such as `FieldManagerConflict`.
  public record Cause(String type, String message, String field) {}

  private final int code;
  private final String reason;
  private final transient List<Cause> causes;

  PatchFailure(int code, String reason, String message, List<Cause> causes) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.causes = List.copyOf(causes);
  }

  /// The patch is malformed.
  static PatchFailure badRequest(String message) {
    return new PatchFailure(400, "BadRequest", message, List.of());
  }

  /// The patch cannot be typed: kube-apiserver answers 500 without a reason.
  static PatchFailure internal(String message) {
    return new PatchFailure(500, "", message, List.of());
  }

  /// The patch is well-formed but does not fit the object.
  static PatchFailure unprocessable(String message) {
    return new PatchFailure(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
        List.of(new Cause("UnexpectedServerResponse", message, "")));
  }

  /// The HTTP status.
  public int code() {
    return code;
  }

  /// The `reason` of the Status.
  public String reason() {
    return reason;
  }

  /// The `details.causes` of the Status.
  public List<Cause> causes() {
    return causes == null ? List.of() : causes;
  }
}
