// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.failure;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.schema.FieldError;
import dev.howdah.apiserver.store.GroupResource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request that is refused: what becomes a `Status` object.
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// One entry of `details.causes`.
  public record Cause(String reason, String message, String field) {}

  /// What the request was about; empty texts where unknown.
  public record Subject(String group, String kind, String name, String uid) {
    /// Nothing in particular.
    public static final Subject NONE = new Subject("", "", "", "");

    /// An object of a type, as most refusals name it.
    public static Subject of(GroupResource type, String name) {
      return new Subject(type.group(), type.resource(), name, "");
    }
  }

  private final int code;
  private final String reason;
  private final transient Subject subject;
  private final transient List<Cause> causes;
  private final int retryAfterSeconds;
  private final transient @Nullable String continueToken;

  private ApiException(
      int code,
      String reason,
      String message,
      Subject subject,
      List<Cause> causes,
      int retryAfterSeconds,
      @Nullable String continueToken) {
    super(message, null, false, false);
    this.code = code;
    this.reason = reason;
    this.subject = subject;
    this.causes = List.copyOf(causes);
    this.retryAfterSeconds = retryAfterSeconds;
    this.continueToken = continueToken;
  }

  /// Any refusal.
  public static ApiException of(
      int code, String reason, String message, Subject subject, List<Cause> causes) {
    return new ApiException(code, reason, message, subject, causes, 0, null);
  }

  private static ApiException plain(int code, String reason, String message) {
    return of(code, reason, message, Subject.NONE, List.of());
  }

  /// 404: no such object.
  public static ApiException notFound(GroupResource type, String name) {
    return of(
        404,
        "NotFound",
        "%s \"%s\" not found".formatted(type, name),
        Subject.of(type, name),
        List.of());
  }

  /// 404: no such path or type.
  public static ApiException noSuchPath() {
    return plain(404, "NotFound", "the server could not find the requested resource");
  }

  /// 409: the name is taken.
  public static ApiException alreadyExists(GroupResource type, String name) {
    return of(
        409,
        "AlreadyExists",
        "%s \"%s\" already exists".formatted(type, name),
        Subject.of(type, name),
        List.of());
  }

  /// 409: the object has changed meanwhile, or a precondition does not hold.
  public static ApiException conflict(GroupResource type, String name, String why) {
    return of(
        409,
        "Conflict",
        "Operation cannot be fulfilled on %s \"%s\": %s".formatted(type, name, why),
        Subject.of(type, name),
        List.of());
  }

  /// 409: the write was based on an old state.
  public static ApiException modified(GroupResource type, String name) {
    return conflict(
        type,
        name,
        "the object has been modified; please apply your changes to the latest version and try"
            + " again");
  }

  /// 422: fields are wrong.
  public static ApiException invalid(
      String group, String kind, String name, List<FieldError> errors) {
    return of(
        422,
        "Invalid",
        "%s \"%s\" is invalid: %s"
            .formatted(group.isEmpty() ? kind : kind + "." + group, name, FieldError.join(errors)),
        new Subject(group, kind, name, ""),
        errors.stream().map(e -> new Cause(e.type().reason(), e.message(), e.field())).toList());
  }

  /// 422: a parameter of the request is wrong; `kind` is `ListOptions` and the like.
  public static ApiException invalidOption(String kind, FieldError error) {
    return invalid("meta.k8s.io", kind, "", List.of(error));
  }

  /// 405 on a path that knows other methods.
  public static ApiException methodNotAllowed() {
    return plain(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }

  /// 400.
  public static ApiException badRequest(String message) {
    return plain(400, "BadRequest", message);
  }

  /// 401: who is this?
  public static ApiException unauthorized() {
    return plain(401, "Unauthorized", "Unauthorized");
  }

  /// 403 about an object or a type.
  public static ApiException forbidden(GroupResource type, String name, String why) {
    return of(
        403,
        "Forbidden",
        (name.isEmpty() ? "%s is forbidden: %s" : "%s \"%3$s\" is forbidden: %2$s")
            .formatted(type, why, name),
        Subject.of(type, name),
        List.of());
  }

  /// 403 about a path.
  public static ApiException forbiddenPath(String message) {
    return plain(403, "Forbidden", message);
  }

  /// 405.
  public static ApiException methodNotAllowed(GroupResource type, String verb) {
    return of(
        405,
        "MethodNotAllowed",
        "%s is not supported on resources of kind \"%s\"".formatted(verb, type),
        Subject.of(type, ""),
        List.of());
  }

  /// 406.
  public static ApiException notAcceptable(String accepted) {
    return plain(406, "NotAcceptable", "only the following media types are accepted: " + accepted);
  }

  /// 415.
  public static ApiException unsupportedMediaType(String accepted) {
    return plain(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
            + accepted);
  }

  /// 410: the resource version is too old.
  public static ApiException expired(String message) {
    return plain(410, "Expired", message);
  }

  /// 410 for a list in pages, with a token that goes on with newer objects.
  public static ApiException expiredContinue(String token) {
    return new ApiException(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can"
            + " start a new list without the continue parameter, or use the continue token in this"
            + " response to retrieve the remainder of the results. Continuing with the provided"
            + " token results in an inconsistent list - objects that were created, modified, or"
            + " deleted between the time the first chunk was returned and now may show up in the"
            + " list.",
        Subject.NONE,
        List.of(),
        0,
        token);
  }

  /// 429: not now.
  public static ApiException tooManyRequests(String message, List<Cause> causes) {
    return new ApiException(429, "TooManyRequests", message, Subject.NONE, causes, 10, null);
  }

  /// 504: the resource version is of the future.
  public static ApiException tooLargeVersion(long wanted, long current) {
    return new ApiException(
        504,
        "Timeout",
        "Timeout: Too large resource version: %d, current: %d".formatted(wanted, current),
        Subject.NONE,
        List.of(new Cause("ResourceVersionTooLarge", "Too large resource version", "")),
        1,
        null);
  }

  /// 500.
  public static ApiException internal(String message) {
    return of(
        500,
        "InternalError",
        "Internal error occurred: " + message,
        Subject.NONE,
        List.of(new Cause("", message, "")));
  }

  /// The HTTP status.
  public int code() {
    return code;
  }

  /// The reason, a word for programs.
  public String reason() {
    return reason;
  }

  /// The seconds to wait, for a `Retry-After` header; 0 for none.
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  /// The `Status` object.
  public ObjectNode status() {
    var status = Json.object().put("kind", "Status").put("apiVersion", "v1");
    var metadata = status.putObject("metadata");
    if (continueToken != null) {
      metadata.put("continue", continueToken);
    }
    status.put("status", "Failure").put("message", String.valueOf(getMessage()));
    putUnlessEmpty(status, "reason", reason);
    var details = Json.object();
    putUnlessEmpty(details, "name", subject.name());
    putUnlessEmpty(details, "group", subject.group());
    putUnlessEmpty(details, "kind", subject.kind());
    putUnlessEmpty(details, "uid", subject.uid());
    if (!causes.isEmpty()) {
      var list = details.putArray("causes");
      for (var cause : causes) {
        var entry = list.addObject();
        putUnlessEmpty(entry, "reason", cause.reason());
        putUnlessEmpty(entry, "message", cause.message());
        putUnlessEmpty(entry, "field", cause.field());
      }
    }
    if (retryAfterSeconds > 0) {
      details.put("retryAfterSeconds", retryAfterSeconds);
    }
    if (!details.isEmpty()) {
      status.set("details", details);
    }
    return status.put("code", code);
  }

  private static void putUnlessEmpty(ObjectNode node, String field, String value) {
    if (!value.isEmpty()) {
      node.put(field, value);
    }
  }
}
