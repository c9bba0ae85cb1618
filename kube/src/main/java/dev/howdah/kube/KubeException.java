// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The API server refused a request (`code` is the HTTP status), or gave no usable answer (`code`
/// 0).
public final class KubeException extends RuntimeException {
  /// No connection, or it broke before the whole answer had come.
  public static final String UNREACHABLE = "Unreachable";

  /// The deadline of the call passed.
  public static final String DEADLINE = "DeadlineExceeded";

  private final int code;
  private final String reason;
  private final transient JsonNode details;
  private final Duration retryAfter;

  public KubeException(int code, String reason, String message, @Nullable Throwable cause) {
    this(code, reason, message, Duration.ZERO, MissingNode.getInstance(), cause);
  }

  /// @param retryAfter how long the server asks to wait; zero: it doesn't say
  public KubeException(
      int code,
      String reason,
      String message,
      Duration retryAfter,
      JsonNode details,
      @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
    this.details = details;
  }

  /// The HTTP status; 0 when there was no answer.
  public int code() {
    return code;
  }

  /// The machine-readable reason of the server's Status (`NotFound`, `AlreadyExists`, `Conflict`…),
  /// or one of ours.
  public String reason() {
    return reason;
  }

  /// How long the server asks to wait before the next try; zero when it doesn't say.
  public Duration retryAfter() {
    return retryAfter;
  }

  /// `details` of the server's Status; a missing node where there are none.
  public JsonNode details() {
    return details == null ? MissingNode.getInstance() : details;
  }

  public boolean isNotFound() {
    return code == 404;
  }

  /// A lost compare-and-swap: somebody else changed the object. Not "already exists".
  public boolean isConflict() {
    return code == 409 && !reason.equals("AlreadyExists");
  }

  public boolean isAlreadyExists() {
    return code == 409 && reason.equals("AlreadyExists");
  }

  public boolean isForbidden() {
    return code == 403;
  }

  public boolean isGone() {
    return code == 410 || reason.equals("Expired") || reason.equals("Gone");
  }

  /// True when it is unknown whether the request took effect: no answer, or the server failed while
  /// working on it.
  public boolean isUncertain() {
    return code == 0 || code >= 500;
  }

  /// True when the same request may succeed a little later.
  public boolean isTransient() {
    return isUncertain() || code == 429;
  }
}
