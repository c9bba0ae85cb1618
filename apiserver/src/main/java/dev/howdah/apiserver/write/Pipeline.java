// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.write;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.howdah.apiserver.Admission;
import dev.howdah.apiserver.Admission.Operation;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.patch.ServerSideApply;
import dev.howdah.apiserver.schema.FieldError;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.strategy.Errors;
import dev.howdah.apiserver.strategy.Names;
import dev.howdah.apiserver.strategy.Strategies;
import dev.howdah.apiserver.strategy.Strategy;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The way of an object from what a client sent to what is stored: unknown fields, defaults,
/// ownership of fields, admission, what belongs to the server, validation.
final class Pipeline {
  private static final List<String> SERVER_METADATA =
      List.of(
          "uid",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "generation",
          "name",
          "namespace",
          "resourceVersion");

  private static final List<String> OPTIONAL_METADATA =
      List.of("labels", "annotations", "finalizers", "ownerReferences");

  private final Admissions admissions;
  private final Strategies strategies;
  private final InstantSource clock;

  Pipeline(List<Admission> admissions, Strategies strategies, InstantSource clock) {
    this.admissions = new Admissions(admissions);
    this.strategies = strategies;
    this.clock = clock;
  }

  /// Refuses what cannot be read as this kind, removes unknown fields, and refuses them or warns of
  /// them as the client wishes.
  void prune(Call call, ObjectNode body, List<String> duplicates) {
    var problem = problem(call, body, duplicates);
    if (problem != null) {
      throw ApiException.badRequest(
          "%s in version \"%s\" cannot be handled as a %s: %s"
              .formatted(call.type().kind(), call.type().version(), call.type().kind(), problem));
    }
  }

  /// The same for what a patch made of an object.
  void prunePatched(Call call, ObjectNode patched) {
    var problem = problem(call, patched, List.of());
    if (problem != null) {
      var error =
          new FieldError(
              "patch", FieldError.Type.INVALID, TextNode.valueOf(patched.toString()), problem);
      throw ApiException.invalid("", "", "", List.of(error));
    }
  }

  private static @Nullable String problem(Call call, ObjectNode body, List<String> duplicates) {
    var schema = call.type().schema();
    var malformed = schema.malformed(body);
    if (malformed != null) {
      return malformed;
    }
    if (!call.type().custom()) {
      dropNulls(body);
    }
    var complaints = new ArrayList<String>();
    duplicates.forEach(field -> complaints.add("duplicate field \"" + field + "\""));
    schema.prune(body).forEach(field -> complaints.add("unknown field \"" + field + "\""));
    if (complaints.isEmpty()) {
      return null;
    }
    return switch (call.options().validation()) {
      case STRICT -> "strict decoding error: " + String.join(", ", complaints);
      case WARN -> {
        complaints.forEach(call.warnings());
        yield null;
      }
      case IGNORE -> null;
    };
  }

  // In built-in kinds a null is as good as nothing.
  private static void dropNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.properties().removeIf(field -> field.getValue().isNull());
    }
    node.forEach(Pipeline::dropNulls);
  }

  /// Makes a body into the object to create; its name is in the call. `applied` says that managed
  /// fields are set.
  ObjectNode forCreate(Call call, ObjectNode body, boolean applied) {
    var type = call.type();
    var strategy = strategies.of(type);
    var metadata = Meta.of(body);
    metadata.remove(
        List.of("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"));
    metadata.put("name", call.name());
    if (type.namespaced()) {
      metadata.put("namespace", call.namespace());
    } else {
      metadata.remove("namespace");
    }
    metadata.put("uid", UUID.randomUUID().toString());
    metadata.put("creationTimestamp", Meta.time(clock.instant()));
    metadata.remove("generation");
    if (type.custom() || strategy.countsGenerations()) {
      metadata.put("generation", 1);
    }
    if (type.has("status") && !strategy.keepsStatusOnCreate()) {
      body.remove("status");
    }
    defaults(call, strategy, body);
    var object = applied ? body : tracked(call, null, body);
    if (admissions.concern(call)) {
      object = mutated(call, Operation.CREATE, object, null);
    }
    strategy.prepareForCreate(object, call.options().dryRun());
    if (type.has("status") && !type.custom() && !object.has("status")) {
      // Clients in Go and Java expect at least an empty one.
      object.putObject("status");
    }
    judge(call, strategy, object, null);
    admissions.validate(call, Operation.CREATE, object, null);
    return object;
  }

  /// Makes a body into the next state of an object. Returns the old one when nothing would change.
  ObjectNode forUpdate(Call call, ObjectNode body, ObjectNode old, boolean applied) {
    var type = call.type();
    var strategy = strategies.of(type);
    var updated = merged(call, body, old);
    defaults(call, strategy, updated);
    var object = applied ? updated : tracked(call, old, updated);
    if (admissions.concern(call)) {
      object = mutated(call, Operation.UPDATE, object, old);
    }
    if (!call.subresource().equals("status") && !call.subresource().equals("finalize")) {
      strategy.prepareForUpdate(object, old, call.options().dryRun());
    }
    if (type.custom() || strategy.countsGenerations()) {
      countGeneration(type.has("status") || !type.custom(), object, old);
    }
    judge(call, strategy, object, old);
    admissions.validate(call, Operation.UPDATE, object, old);
    return JsonValues.same(object, old) ? old : object;
  }

  private ObjectNode mutated(
      Call call, Operation operation, ObjectNode object, @Nullable ObjectNode old) {
    var strategy = strategies.of(call.type());
    var before = object.deepCopy();
    var after = admissions.mutate(call, operation, object, old);
    keepServerMetadata(after, before);
    copy(Meta.of(before), Meta.of(after), "managedFields");
    call.type().schema().prune(after);
    defaults(call, strategy, after);
    return after;
  }

  private void defaults(Call call, Strategy strategy, ObjectNode object) {
    object.put("apiVersion", call.type().apiVersion());
    object.put("kind", call.type().kind());
    var metadata = Meta.of(object);
    for (var field : OPTIONAL_METADATA) {
      var value = metadata.get(field);
      if (value != null && (value.isNull() || value.isEmpty())) {
        metadata.remove(field);
      }
    }
    strategy.defaults(object);
    call.type().schema().applyDefaults(object);
  }

  // What a write through this subresource (or none) can change is taken from the body, all else
  // from the old state.
  private ObjectNode merged(Call call, ObjectNode body, ObjectNode old) {
    var type = call.type();
    if (call.subresource().equals("status")) {
      var result = old.deepCopy();
      copy(body, result, "status");
      copy(Meta.of(body), Meta.of(result), "managedFields");
      if (type.plural().equals("pods") && type.group().isEmpty()) {
        copy(Meta.of(body), Meta.of(result), "labels");
        copy(Meta.of(body), Meta.of(result), "annotations");
      }
      return result;
    }
    keepServerMetadata(body, old);
    Meta.of(body).remove("selfLink");
    if (type.has("status") && !call.subresource().equals("binding")) {
      copy(old, body, "status");
    }
    return body;
  }

  private static void keepServerMetadata(ObjectNode object, ObjectNode old) {
    var from = Meta.of(old);
    var to = Meta.of(object);
    SERVER_METADATA.forEach(field -> copy(from, to, field));
  }

  private static void copy(ObjectNode from, ObjectNode to, String field) {
    var value = from.get(field);
    if (value == null) {
      to.remove(field);
    } else {
      to.set(field, value.deepCopy());
    }
  }

  private ObjectNode tracked(Call call, @Nullable ObjectNode old, ObjectNode updated) {
    var schema = call.type().schema().schema();
    return ServerSideApply.trackUpdate(old, updated, schema, writer(call));
  }

  /// Who writes, for the ownership of fields.
  ServerSideApply.Writer writer(Call call) {
    var type = call.type();
    return new ServerSideApply.Writer(
        call.options().fieldManager(),
        type.apiVersion(),
        call.subresource(),
        type.has("status"),
        clock.instant());
  }

  private static void countGeneration(boolean separateStatus, ObjectNode object, ObjectNode old) {
    if (!JsonValues.same(desired(object, separateStatus), desired(old, separateStatus))) {
      var before = old.path("metadata").path("generation").asLong(0);
      Meta.of(object).put("generation", before + 1);
    }
  }

  private static ObjectNode desired(ObjectNode object, boolean separateStatus) {
    var result = Json.object();
    for (var field : object.properties()) {
      if (!field.getKey().equals("metadata")
          && !(separateStatus && field.getKey().equals("status"))) {
        result.set(field.getKey(), field.getValue());
      }
    }
    return result;
  }

  private void judge(Call call, Strategy strategy, ObjectNode object, @Nullable ObjectNode old) {
    var errors = new Errors();
    if (old == null) {
      strategy.validateName(call.name(), errors);
    }
    var type = call.type();
    Names.metadata(object, !type.custom() && !type.group().equals("apiextensions.k8s.io"), errors);
    if (old != null && Meta.deleting(old)) {
      var before = Meta.finalizers(old);
      var added = Meta.finalizers(object).stream().filter(f -> !before.contains(f)).toList();
      if (!added.isEmpty()) {
        errors.forbidden(
            "metadata.finalizers",
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{\"%s\"}"
                .formatted(String.join("\", \"", added)));
      }
    }
    errors.addAll(call.type().schema().validate(object, old));
    if (!call.subresource().equals("status")) {
      strategy.validate(object, errors);
      if (old != null) {
        strategy.validateUpdate(object, old, errors);
      }
    }
    if (!errors.found().isEmpty()) {
      throw ApiException.invalid(
          call.type().group(), call.type().kind(), call.name(), errors.found());
    }
  }

  /// Asks about a deletion.
  void admitDelete(Call call, ObjectNode old) {
    admissions.validate(call, Operation.DELETE, null, old);
  }
}
