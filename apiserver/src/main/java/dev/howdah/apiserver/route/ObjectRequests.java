// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.patch.JsonPatch;
import dev.howdah.apiserver.patch.MergePatch;
import dev.howdah.apiserver.patch.PatchFailure;
import dev.howdah.apiserver.patch.StrategicMergePatch;
import dev.howdah.apiserver.read.Lister;
import dev.howdah.apiserver.read.Selection;
import dev.howdah.apiserver.read.Watching;
import dev.howdah.apiserver.request.AnswerForm;
import dev.howdah.apiserver.request.Body;
import dev.howdah.apiserver.request.DeleteOptions;
import dev.howdah.apiserver.schema.FieldError;
import dev.howdah.apiserver.schema.Schema;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Conversion;
import dev.howdah.apiserver.write.Writer;
import java.io.IOException;

/// Reads and writes objects as requests ask for it.
final class ObjectRequests {
  static final String PATCH_TYPES =
      "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";

  private final Store store;
  private final Writer writer;
  private final Lister lister;
  private final Watching watching;

  ObjectRequests(Store store, Writer writer) {
    this.store = store;
    this.writer = writer;
    this.lister = new Lister(store);
    this.watching = new Watching(store);
  }

  void serve(Target target, Exchange exchange) throws IOException {
    var form = AnswerForm.of(exchange.header("accept"), exchange.query("includeObject"));
    var call = target.call();
    switch (target.request().verb()) {
      case "get" -> get(call, exchange, form);
      case "list" -> list(call, exchange, form);
      case "watch" -> watch(target, exchange, form);
      case "create" -> {
        if (target.request().namesObject()) {
          throw ApiException.methodNotAllowed();
        }
        var body = Body.object(exchange);
        var made = writer.create(call, (ObjectNode) body.tree(), body.duplicates());
        Answers.object(exchange, 201, made, call.type(), form);
      }
      case "update" -> {
        var body = Body.object(exchange);
        requireName(target);
        var result = writer.update(call, (ObjectNode) body.tree(), body.duplicates());
        answer(exchange, call, result, form);
      }
      case "patch" -> {
        requireName(target);
        answer(exchange, call, patch(call, exchange), form);
      }
      case "delete" -> {
        var outcome = writer.deleter().delete(call, DeleteOptions.of(exchange));
        Answers.object(exchange, 200, outcome.answer(), call.type(), form);
      }
      case "deletecollection" -> deleteCollection(call, exchange, form);
      default -> throw ApiException.methodNotAllowed(call.type().name(), target.request().verb());
    }
  }

  private static void requireName(Target target) {
    if (!target.request().namesObject()) {
      throw ApiException.methodNotAllowed();
    }
  }

  private static void answer(Exchange exchange, Call call, Writer.Result result, AnswerForm form)
      throws IOException {
    Answers.object(exchange, result.created() ? 201 : 200, result.object(), call.type(), form);
  }

  private void get(Call call, Exchange exchange, AnswerForm form) throws IOException {
    lister.requireReached(exchange.query("resourceVersion"));
    var found = store.get(call.type().storage(), call.key());
    if (found == null) {
      throw ApiException.notFound(call.type().name(), call.name());
    }
    if (form.equals(AnswerForm.JSON)) {
      exchange.respond(200, "application/json", Conversion.servedJson(call.type(), found));
    } else {
      Answers.object(exchange, 200, Conversion.served(call.type(), found), call.type(), form);
    }
  }

  private void list(Call call, Exchange exchange, AnswerForm form) throws IOException {
    var selection = Selection.of(exchange, call.type(), call.namespace());
    var page = lister.list(selection, Lister.Options.of(exchange));
    if (form.equals(AnswerForm.JSON)) {
      exchange.respond(200, "application/json", Lister.json(selection, page));
    } else {
      Answers.object(exchange, 200, Lister.tree(selection, page), call.type(), form);
    }
  }

  private void watch(Target target, Exchange exchange, AnswerForm form) throws IOException {
    var call = target.call();
    var selection = Selection.of(exchange, call.type(), call.namespace());
    var inPath = target.request().name();
    if (!inPath.isEmpty() && selection.fields().name().isEmpty()) { // the old /watch/…/<name>
      selection = selection.named(inPath);
    }
    watching.serve(exchange, selection, form);
  }

  private void deleteCollection(Call call, Exchange exchange, AnswerForm form) throws IOException {
    var selection = Selection.of(exchange, call.type(), call.namespace());
    var options = DeleteOptions.of(exchange).forEach();
    var page = lister.list(selection, Lister.Options.of(exchange));
    for (var object : page.objects()) {
      var key = object.key();
      var one =
          new Call(
              call.type(),
              key.namespace(),
              key.name(),
              "",
              call.user(),
              call.options(),
              call.warnings());
      try {
        writer.deleter().delete(one, options);
      } catch (ApiException e) {
        if (e.code() != 404) {
          throw e;
        }
      }
    }
    Answers.object(exchange, 200, Lister.tree(selection, page), call.type(), form);
  }

  private Writer.Result patch(Call call, Exchange exchange) throws IOException {
    var type = Body.contentType(exchange);
    if (type.equals("application/apply-patch+yaml")) {
      if (exchange.query("fieldManager").isEmpty()) {
        throw ApiException.invalidOption(
            "PatchOptions",
            new FieldError(
                "fieldManager", FieldError.Type.REQUIRED, null, "is required for apply patch"));
      }
      var body = Body.object(exchange);
      return writer.apply(call, (ObjectNode) body.tree(), body.duplicates());
    }
    if (call.type().custom() && type.equals("application/strategic-merge-patch+json")) {
      throw ApiException.unsupportedMediaType(
          PATCH_TYPES.replace("application/strategic-merge-patch+json, ", ""));
    }
    if (!exchange.query("force").isEmpty()) {
      throw ApiException.invalidOption(
          "PatchOptions",
          new FieldError(
              "force",
              FieldError.Type.FORBIDDEN,
              null,
              "may not be specified for non-apply patch"));
    }
    var patch = Body.patch(exchange);
    var object =
        writer.patch(call, live -> patched(type, live, patch, call.type().schema().schema()));
    return new Writer.Result(object, false);
  }

  /// Applies a patch of one of the plain kinds.
  static ObjectNode patched(String contentType, ObjectNode live, JsonNode patch, Schema schema) {
    try {
      return switch (contentType) {
        case "application/json-patch+json" -> JsonPatch.apply(live, patch);
        case "application/merge-patch+json" -> MergePatch.apply(live, patch);
        case "application/strategic-merge-patch+json" ->
            StrategicMergePatch.apply(live, patch, schema);
        default -> throw ApiException.unsupportedMediaType(PATCH_TYPES);
      };
    } catch (PatchFailure e) {
      throw Writer.failure(e);
    }
  }

  /// An object of a type, as it is served; throws 404.
  ObjectNode require(Call call) {
    var found = store.get(call.type().storage(), new Key(call.namespace(), call.name()));
    if (found == null) {
      throw ApiException.notFound(call.type().name(), call.name());
    }
    return Conversion.served(call.type(), found);
  }
}
