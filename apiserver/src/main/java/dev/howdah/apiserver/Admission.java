// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Admission by code of this process: what webhooks do on a cluster, without the network.
///
/// For each write the server calls [#mutate] of all admissions in order, then applies defaults and
/// validates against the schema, then calls [#validate] of all in order. The first [Denied] ends
/// the request and nothing is stored. Both are called on the request's thread and must be quick;
/// the trees are copies that belong to the callee.
public interface Admission {
  /// Whether this admission wants to see requests of this resource at all; `subresource` is empty
  /// for the object itself.
  boolean handles(String group, String resource, String subresource);

  /// Returns the object to go on with (the one given, changed in place or not, or another one).
  default Verdict mutate(Request request) {
    return Allowed.of(request.object());
  }

  /// Judges the object as it would be stored; changes to it are ignored.
  default Verdict validate(Request request) {
    return Allowed.of(request.object());
  }

  /// What is done to the object.
  enum Operation {
    CREATE,
    UPDATE,
    DELETE
  }

  /// One write under judgement. `object` is absent for DELETE, `oldObject` is absent for CREATE;
  /// `namespace` is empty for cluster-scoped objects, `subresource` is empty for the object itself.
  record Request(
      Operation operation,
      String group,
      String version,
      String resource,
      String kind,
      String subresource,
      String namespace,
      String name,
      @Nullable ObjectNode object,
      @Nullable ObjectNode oldObject,
      User user,
      boolean dryRun) {}

  /// The answer: sealed, so that callers handle both.
  sealed interface Verdict permits Allowed, Denied {}

  /// Goes on. The warnings reach the client as `Warning` headers, which kubectl prints.
  record Allowed(@Nullable ObjectNode object, List<String> warnings) implements Verdict {
    public Allowed {
      warnings = List.copyOf(warnings);
    }

    /// Allows without a warning.
    public static Allowed of(@Nullable ObjectNode object) {
      return new Allowed(object, List.of());
    }
  }

  /// Refuses. Code 422 answers with reason `Invalid`, 403 with `Forbidden`, 400 with `BadRequest`,
  /// 409 with `Conflict`.
  record Denied(int code, String message, List<Cause> causes) implements Verdict {
    public Denied {
      Objects.requireNonNull(message);
      causes = List.copyOf(causes);
    }

    /// Refuses an object whose fields are wrong, as the API server itself words it.
    public static Denied invalid(List<Cause> causes) {
      return new Denied(422, "", causes);
    }

    /// Refuses with a reason that is about the whole object.
    public static Denied forbidden(String message) {
      return new Denied(403, message, List.of());
    }
  }

  /// One wrong field: `reason` is one of Kubernetes' cause types such as `FieldValueInvalid`,
  /// `FieldValueRequired`, `FieldValueForbidden`, `FieldValueNotSupported`; `field` is a path such
  /// as `spec.storage.size`.
  record Cause(String field, String reason, String message) {}
}
