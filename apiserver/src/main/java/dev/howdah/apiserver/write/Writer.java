// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.Admission;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.patch.PatchFailure;
import dev.howdah.apiserver.patch.ServerSideApply;
import dev.howdah.apiserver.request.WriteOptions;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.schema.FieldError;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.store.StoreException;
import dev.howdah.apiserver.store.Stored;
import dev.howdah.apiserver.strategy.Errors;
import dev.howdah.apiserver.strategy.Strategies;
import dev.howdah.apiserver.strategy.Strategy;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Creates, updates and patches objects.
public final class Writer {
  /// The object as the client sees it, and whether it was made by this call.
  public record Result(ObjectNode object, boolean created) {}

  /// Computes the next state from the current one; may be asked again when that has changed
  /// meanwhile.
  public interface Change {
    /// Returns the next state; the tree given is the callee's own.
    ObjectNode of(ObjectNode live);
  }

  private static final GroupResource NAMESPACES = new GroupResource("", "namespaces");
  private static final String LETTERS = "bcdfghjklmnpqrstvwxz2456789";
  private static final int SUFFIX = 5;
  private static final int MAX_BASE = 58;
  private static final int ATTEMPTS = 8;
  private static final int MAX_RETRIES = 30;

  private final Store store;
  private final Strategies strategies;
  private final Pipeline pipeline;
  private final SecureRandom random = new SecureRandom();
  private final Deleter deleter;
  private final Map<GroupResource, Consumer<ObjectNode>> afterCreate = new ConcurrentHashMap<>();

  public Writer(
      Store store,
      ResourceTypes types,
      Strategies strategies,
      List<Admission> admissions,
      InstantSource clock) {
    this.store = store;
    this.strategies = strategies;
    this.pipeline = new Pipeline(admissions, strategies, clock);
    this.deleter = new Deleter(store, types, strategies, pipeline, clock);
  }

  /// Deletes by the same rules.
  public Deleter deleter() {
    return deleter;
  }

  /// Is told of every object of a type that was created, before the client is. Set up before
  /// requests come in.
  public void onCreate(GroupResource type, Consumer<ObjectNode> listener) {
    afterCreate.put(type, listener);
  }

  /// Creates an object; the call's name is empty for a generated one. `duplicates` are repeated
  /// fields of the body.
  public ObjectNode create(Call call, ObjectNode body, List<String> duplicates) {
    checkIdentity(call, body);
    if (!Meta.text(body, "resourceVersion").isEmpty()) {
      throw ApiException.of(
          500,
          "",
          "resourceVersion should not be set on objects to be created",
          ApiException.Subject.NONE,
          List.of());
    }
    pipeline.prune(call, body, duplicates);
    var base = Meta.text(body, "generateName");
    var name = call.name().isEmpty() ? Meta.name(body) : call.name();
    requireNamespace(call.named(name));
    if (!name.isEmpty()) {
      return create(call.named(name), body, false);
    }
    if (base.isEmpty()) {
      throw ApiException.invalid(
          call.type().group(),
          call.type().kind(),
          "",
          List.of(
              new FieldError(
                  "metadata.name",
                  FieldError.Type.REQUIRED,
                  null,
                  "name or generateName is required")));
    }
    for (var attempt = 1; ; attempt++) {
      try {
        return create(call.named(generated(base)), body.deepCopy(), false);
      } catch (ApiException e) {
        if (attempt == ATTEMPTS || !e.reason().equals("AlreadyExists")) {
          throw e;
        }
      }
    }
  }

  private String generated(String base) {
    var name = new StringBuilder(base.length() > MAX_BASE ? base.substring(0, MAX_BASE) : base);
    for (var i = 0; i < SUFFIX; i++) {
      name.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return name.toString();
  }

  private ObjectNode create(Call call, ObjectNode body, boolean applied) {
    var type = call.type();
    var object = Conversion.stored(type, pipeline.forCreate(call, body, applied));
    if (call.options().dryRun()) {
      if (store.get(type.storage(), call.key()) != null) {
        throw ApiException.alreadyExists(type.name(), call.name());
      }
      return Conversion.served(type, object);
    }
    try {
      var made = Conversion.served(type, store.create(type.storage(), call.key(), object));
      afterCreate.getOrDefault(type.storage(), _ -> {}).accept(made);
      return made;
    } catch (StoreException e) {
      throw refused(call, e);
    }
  }

  private void requireNamespace(Call call) {
    if (!call.type().namespaced()) {
      return;
    }
    var namespace = store.get(NAMESPACES, new Key("", call.namespace()));
    if (namespace == null) {
      throw ApiException.notFound(NAMESPACES, call.namespace());
    }
    if (namespace.tree().path("status").path("phase").asText().equals("Terminating")) {
      var why =
          "unable to create new content in namespace %s because it is being terminated"
              .formatted(call.namespace());
      throw ApiException.of(
          403,
          "Forbidden",
          "%s \"%s\" is forbidden: %s".formatted(call.type().name(), call.name(), why),
          ApiException.Subject.of(call.type().name(), call.name()),
          List.of(
              new ApiException.Cause(
                  "NamespaceTerminating",
                  "namespace %s is being terminated".formatted(call.namespace()),
                  "metadata.namespace")));
    }
  }

  private static void checkIdentity(Call call, ObjectNode body) {
    var type = call.type();
    var apiVersion = body.path("apiVersion").asText("");
    var kind = body.path("kind").asText("");
    if (apiVersion.isEmpty() || kind.isEmpty()) {
      if (!apiVersion.isEmpty() || !kind.isEmpty() || type.custom()) {
        throw ApiException.badRequest(
            "Object '%s' is missing in the body".formatted(kind.isEmpty() ? "Kind" : "apiVersion"));
      }
      body.put("apiVersion", type.apiVersion()).put("kind", type.kind());
    } else if (!apiVersion.equals(type.apiVersion()) || !kind.equals(type.kind())) {
      throw ApiException.badRequest(
          "%s in version \"%s\" cannot be handled as a %s: the API version in the data (%s) and kind (%s) do not match the expected API version (%s) and kind (%s)"
              .formatted(
                  kind, apiVersion, type.kind(), apiVersion, kind, type.apiVersion(), type.kind()));
    }
    var name = Meta.name(body);
    if (!call.name().isEmpty() && !name.isEmpty() && !name.equals(call.name())) {
      throw ApiException.badRequest(
          "the name of the object (%s) does not match the name on the URL (%s)"
              .formatted(name, call.name()));
    }
    var namespace = Meta.namespace(body);
    if (type.namespaced() && !namespace.isEmpty() && !namespace.equals(call.namespace())) {
      throw ApiException.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
  }

  /// Replaces an object by the body, as PUT does.
  public Result update(Call call, ObjectNode body, List<String> duplicates) {
    checkIdentity(call, body);
    if (Meta.name(body).isEmpty()) {
      throw ApiException.badRequest(
          "the name of the object (based on URL) was undeterminable: name must be provided");
    }
    pipeline.prune(call, body, duplicates);
    var version = Meta.text(body, "resourceVersion");
    var strategy = strategies.of(call.type());
    if (store.get(call.type().storage(), call.key()) == null) {
      if (strategy.createsOnUpdate() && call.subresource().isEmpty() && version.isEmpty()) {
        requireNamespace(call);
        return new Result(create(call, body, false), true);
      }
      throw ApiException.notFound(call.type().name(), call.name());
    }
    if (version.isEmpty() && requiresVersion(call.type(), strategy)) {
      throw ApiException.invalid(
          call.type().group(),
          call.type().plural(),
          call.name(),
          List.of(
              new FieldError(
                  "metadata.resourceVersion",
                  FieldError.Type.INVALID,
                  com.fasterxml.jackson.databind.node.IntNode.valueOf(0),
                  "must be specified for an update")));
    }
    return new Result(modify(call, _ -> body.deepCopy(), false), false);
  }

  private static boolean requiresVersion(ResourceType type, Strategy strategy) {
    return type.custom() || strategy.requiresVersion();
  }

  /// Changes an object as patches do. When the next state names no `resourceVersion` other than the
  /// live one's, and somebody else is quicker, the change is computed again.
  public ObjectNode patch(Call call, Change change) {
    return modify(
        call,
        live -> {
          var uid = Meta.uid(live);
          var next = change.of(live);
          checkIdentity(call, next);
          if (!Meta.uid(next).isEmpty() && !Meta.uid(next).equals(uid)) {
            throw invalid(call, "metadata.uid", Meta.uid(next), Errors.IMMUTABLE);
          }
          pipeline.prunePatched(call, next);
          return next;
        },
        false);
  }

  private static ApiException invalid(Call call, String field, String value, String detail) {
    var errors = new Errors();
    errors.invalid(field, value, detail);
    return ApiException.invalid(
        call.type().group(), call.type().kind(), call.name(), errors.found());
  }

  /// Merges an applied configuration into the object, or creates it.
  public Result apply(Call call, ObjectNode applied, List<String> duplicates) {
    var type = call.type();
    var apiVersion = applied.path("apiVersion").asText("");
    if (!apiVersion.equals(type.apiVersion())
        || !applied.path("kind").asText("").equals(type.kind())) {
      throw ApiException.badRequest(
          "invalid object type: %s%s, Kind=%s"
              .formatted(
                  apiVersion.contains("/") ? "" : "/",
                  apiVersion,
                  applied.path("kind").asText("")));
    }
    checkIdentity(call, applied);
    if (!duplicates.isEmpty()
        && call.options().validation() == WriteOptions.FieldValidation.STRICT) {
      throw ApiException.badRequest(
          "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:"
              + duplicates.stream()
                  .map(each -> "\n  key \"%s\" already set in map".formatted(each))
                  .collect(Collectors.joining()));
    }
    // Unknown fields are refused when the object is merged.
    for (var attempt = 0; ; attempt++) {
      try {
        return applyOnce(call, applied.deepCopy());
      } catch (ApiException e) {
        if (!e.reason().equals("AlreadyExists") || attempt >= ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Result applyOnce(Call call, ObjectNode applied) {
    var force = call.options().force();
    if (store.get(call.type().storage(), call.key()) != null) {
      var result = modify(call, live -> merged(call, live, applied, force), true);
      return new Result(result, false);
    }
    if (!call.subresource().isEmpty()) {
      throw ApiException.notFound(call.type().name(), call.name());
    }
    var uid = Meta.uid(applied);
    if (!uid.isEmpty()) {
      throw ApiException.conflict(
          call.type().name(),
          call.name(),
          "uid mismatch: the provided object specified uid %s, and no existing object was found"
              .formatted(uid));
    }
    requireNamespace(call);
    return new Result(create(call, merged(call, null, applied, force), true), true);
  }

  private ObjectNode merged(
      Call call, @Nullable ObjectNode live, ObjectNode applied, boolean force) {
    try {
      return ServerSideApply.apply(
          live, applied, call.type().schema().schema(), pipeline.writer(call), force);
    } catch (PatchFailure e) {
      throw failure(e);
    }
  }

  /// A patch's failure as the client sees it.
  public static ApiException failure(PatchFailure failure) {
    return ApiException.of(
        failure.code(),
        failure.reason(),
        String.valueOf(failure.getMessage()),
        ApiException.Subject.NONE,
        failure.causes().stream()
            .map(c -> new ApiException.Cause(c.type(), c.message(), c.field()))
            .toList());
  }

  private ObjectNode modify(Call call, Change change, boolean applied) {
    var type = call.type();
    for (var attempt = 0; ; attempt++) {
      var stored = store.get(type.storage(), call.key());
      if (stored == null) {
        throw ApiException.notFound(type.name(), call.name());
      }
      var live = Conversion.served(type, stored);
      var next = change.of(live.deepCopy());
      checkPreconditions(call, next, live);
      var object = pipeline.forUpdate(call, next, live, applied);
      if (object == live) {
        return live;
      }
      if (call.options().dryRun()) {
        return object;
      }
      try {
        return commit(call, stored, Conversion.stored(type, object));
      } catch (StoreException e) {
        // Where the client named a state, the next round finds that it is not the live one any
        // more.
        if (e.why() != StoreException.Why.CHANGED || attempt >= MAX_RETRIES) {
          throw refused(call, e);
        }
      }
    }
  }

  private static void checkPreconditions(Call call, ObjectNode next, ObjectNode live) {
    var uid = Meta.uid(next);
    if (!uid.isEmpty() && !uid.equals(Meta.uid(live))) {
      throw ApiException.conflict(
          call.type().name(),
          call.name(),
          "Precondition failed: UID in precondition: %s, UID in object meta: %s"
              .formatted(uid, Meta.uid(live)));
    }
    var version = Meta.text(next, "resourceVersion");
    if (!version.isEmpty()
        && !version.equals("0")
        && !version.equals(Meta.text(live, "resourceVersion"))) {
      throw ApiException.modified(call.type().name(), call.name());
    }
  }

  private ObjectNode commit(Call call, Stored stored, ObjectNode object) throws StoreException {
    var type = call.type();
    if (Deleter.releasedBy(object)) {
      return Conversion.served(type, store.delete(stored, object));
    }
    return Conversion.served(type, store.update(stored, object));
  }

  /// What the client sees of a write that the store refused.
  static ApiException refused(Call call, StoreException e) {
    return switch (e.why()) {
      case EXISTS -> ApiException.alreadyExists(call.type().name(), call.name());
      case CHANGED -> ApiException.modified(call.type().name(), call.name());
      case COMPACTED -> ApiException.expired(String.valueOf(e.getMessage()));
      case FAILED -> ApiException.internal(String.valueOf(e.getMessage()));
    };
  }
}
