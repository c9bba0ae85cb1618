// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.Admission;
import dev.howdah.apiserver.Admission.Operation;
import dev.howdah.apiserver.failure.ApiException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks the admissions in order.
final class Admissions {
  private final List<Admission> all;

  Admissions(List<Admission> all) {
    this.all = List.copyOf(all);
  }

  /// Whether anybody wants to see the write.
  boolean concern(Call call) {
    return all.stream().anyMatch(a -> handles(a, call));
  }

  private static boolean handles(Admission admission, Call call) {
    return admission.handles(call.type().group(), call.type().plural(), call.subresource());
  }

  /// Returns the object as the admissions want it.
  ObjectNode mutate(Call call, Operation operation, ObjectNode object, @Nullable ObjectNode old) {
    var current = object;
    for (var admission : all) {
      if (handles(admission, call)) {
        var verdict = admission.mutate(request(call, operation, current.deepCopy(), old));
        var changed = allowed(call, verdict).object();
        current = changed == null ? current : changed;
      }
    }
    return current;
  }

  /// Throws when one refuses. `object` is absent for deletions.
  void validate(
      Call call, Operation operation, @Nullable ObjectNode object, @Nullable ObjectNode old) {
    for (var admission : all) {
      if (handles(admission, call)) {
        var copy = object == null ? null : object.deepCopy();
        allowed(call, admission.validate(request(call, operation, copy, old)));
      }
    }
  }

  private static Admission.Request request(
      Call call, Operation operation, @Nullable ObjectNode object, @Nullable ObjectNode old) {
    return new Admission.Request(
        operation,
        call.type().group(),
        call.type().version(),
        call.type().plural(),
        call.type().kind(),
        call.subresource(),
        call.namespace(),
        call.name(),
        object,
        old == null ? null : old.deepCopy(),
        call.user(),
        call.options().dryRun());
  }

  private static Admission.Allowed allowed(Call call, Admission.Verdict verdict) {
    return switch (verdict) {
      case Admission.Allowed allowed -> {
        allowed.warnings().forEach(call.warnings());
        yield allowed;
      }
      case Admission.Denied denied -> throw refusal(call, denied);
    };
  }

  private static ApiException refusal(Call call, Admission.Denied denied) {
    var type = call.type();
    var causes =
        denied.causes().stream()
            .map(c -> new ApiException.Cause(c.reason(), c.message(), c.field()))
            .toList();
    var message = denied.message();
    if (message.isEmpty()) {
      var lines = denied.causes().stream().map(c -> c.field() + ": " + c.message()).toList();
      message =
          "%s \"%s\" is invalid: %s"
              .formatted(
                  type.group().isEmpty() ? type.kind() : type.kind() + "." + type.group(),
                  call.name(),
                  lines.size() == 1 ? lines.getFirst() : lines.toString());
    }
    var subject = new ApiException.Subject(type.group(), type.kind(), call.name(), "");
    return ApiException.of(denied.code(), reason(denied.code()), message, subject, causes);
  }

  private static String reason(int code) {
    return switch (code) {
      case 400 -> "BadRequest";
      case 403 -> "Forbidden";
      case 404 -> "NotFound";
      case 409 -> "Conflict";
      case 422 -> "Invalid";
      case 429 -> "TooManyRequests";
      default -> "InternalError";
    };
  }
}
