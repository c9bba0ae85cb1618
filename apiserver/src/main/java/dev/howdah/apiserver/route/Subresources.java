// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.auth.ServiceAccountTokens.Bound;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.request.AnswerForm;
import dev.howdah.apiserver.request.Body;
import dev.howdah.apiserver.request.DeleteOptions;
import dev.howdah.apiserver.schema.FieldError;
import dev.howdah.apiserver.schema.Schemas;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Answers what stands behind an object's name in a path.
final class Subresources {
  private static final Duration TOKEN_VALIDITY = Duration.ofHours(1);
  private static final long MIN_TOKEN_SECONDS = 600;

  private final Api.Parts parts;
  private final ObjectRequests objects;
  private final Evictions evictions;

  Subresources(Api.Parts parts, ObjectRequests objects) {
    this.parts = parts;
    this.objects = objects;
    this.evictions = new Evictions(parts.store());
  }

  void serve(Target target, Exchange exchange) throws IOException {
    var call = target.call();
    if (!call.type().has(call.subresource())) {
      throw ApiException.noSuchPath();
    }
    var verb = target.request().verb();
    switch (call.subresource()) {
      case "log" -> parts.streams().log(exchange, objects.require(call));
      case "exec" -> parts.streams().exec(exchange, objects.require(call));
      case "attach" -> parts.streams().attach(exchange, objects.require(call));
      case "portforward" -> parts.streams().portForward(exchange, objects.require(call));
      case "scale" -> scale(target, exchange);
      case "token" -> {
        requireVerb(call, verb, "create");
        token(call, exchange);
      }
      case "eviction" -> {
        requireVerb(call, verb, "create");
        evict(call, exchange);
      }
      case "binding" -> {
        requireVerb(call, verb, "create");
        bind(call, (ObjectNode) Body.object(exchange).tree());
        Answers.json(exchange, 201, Reviews.success());
      }
      case "finalize" -> {
        requireVerb(call, verb, "update");
        finalizeNamespace(call, exchange);
      }
      default -> {
        if (!verb.equals("get") && !verb.equals("update") && !verb.equals("patch")) {
          throw ApiException.methodNotAllowed(call.type().name(), verb);
        }
        objects.serve(target, exchange);
      }
    }
  }

  private static void requireVerb(Call call, String verb, String only) {
    if (!verb.equals(only)) {
      throw ApiException.methodNotAllowed(call.type().name(), verb);
    }
  }

  private void scale(Target target, Exchange exchange) throws IOException {
    var call = target.call();
    switch (target.request().verb()) {
      case "get" -> Answers.json(exchange, 200, Scales.of(call.type(), objects.require(call)));
      case "update" -> {
        var body = (ObjectNode) Body.object(exchange).tree();
        scale(exchange, call, _ -> body);
      }
      case "patch" -> {
        var patch = Body.patch(exchange);
        var schema =
            Objects.requireNonNull(Schemas.builtIn().kind("autoscaling/v1", "Scale")).schema();
        var type = Body.contentType(exchange);
        scale(exchange, call, live -> ObjectRequests.patched(type, live, patch, schema));
      }
      default -> throw ApiException.methodNotAllowed(call.type().name(), target.request().verb());
    }
  }

  private void scale(Exchange exchange, Call call, Writer.Change change) throws IOException {
    var type = call.type();
    var changed =
        parts
            .writer()
            .patch(
                call,
                live -> Scales.apply(call, live, change.of(Scales.of(type, live.deepCopy()))));
    Answers.json(exchange, 200, Scales.of(type, changed));
  }

  private void token(Call call, Exchange exchange) throws IOException {
    var account = objects.require(call);
    var body = (ObjectNode) Body.object(exchange).tree();
    var spec = body.withObjectProperty("spec");
    var seconds = spec.path("expirationSeconds").asLong(TOKEN_VALIDITY.toSeconds());
    if (seconds < MIN_TOKEN_SECONDS) {
      throw ApiException.invalid(
          "authentication.k8s.io",
          "TokenRequest",
          "",
          List.of(
              new FieldError(
                  "spec.expirationSeconds",
                  FieldError.Type.INVALID,
                  LongNode.valueOf(seconds),
                  "may not specify a duration less than 10 minutes")));
    }
    spec.put("expirationSeconds", seconds);
    var audiences = spec.path("audiences").valueStream().map(a -> a.asText()).toList();
    var bound = new Bound(Meta.name(account), Meta.uid(account));
    var token =
        parts
            .tokens()
            .issue(
                call.namespace(),
                bound,
                boundPod(call, spec),
                audiences,
                Duration.ofSeconds(seconds));
    body.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenRequest");
    Meta.of(body).put("name", call.name()).put("namespace", call.namespace());
    body.putObject("status")
        .put("token", token)
        .put("expirationTimestamp", Meta.time(parts.clock().instant().plusSeconds(seconds)));
    Answers.json(exchange, 201, body);
  }

  private @Nullable Bound boundPod(Call call, ObjectNode spec) {
    var reference = spec.path("boundObjectRef");
    if (!reference.path("kind").asText("").equals("Pod")) {
      return null;
    }
    var name = reference.path("name").asText();
    var pods = new GroupResource("", "pods");
    var pod = parts.store().get(pods, new Key(call.namespace(), name));
    if (pod == null) {
      throw ApiException.notFound(pods, name);
    }
    var uid = reference.path("uid").asText("");
    if (!uid.isEmpty() && !uid.equals(pod.uid())) {
      throw ApiException.conflict(
          pods, name, "the UID in the bound object reference (%s) does not match".formatted(uid));
    }
    return new Bound(name, pod.uid());
  }

  private void evict(Call call, Exchange exchange) throws IOException {
    var pod = objects.require(call);
    var body = (ObjectNode) Body.object(exchange).tree();
    evictions.check(pod);
    var options = body.path("deleteOptions");
    var grace = options.path("gracePeriodSeconds");
    var dryRun = call.options().dryRun() || options.path("dryRun").path(0).asText().equals("All");
    parts
        .writer()
        .deleter()
        .delete(
            call.through(""),
            new DeleteOptions(
                grace.isNumber() ? Long.valueOf(grace.asLong()) : null,
                null,
                options.path("preconditions").path("uid").asText(""),
                options.path("preconditions").path("resourceVersion").asText(""),
                dryRun));
    Answers.json(exchange, 201, Reviews.success());
  }

  /// Puts a pod on a node.
  private void bind(Call call, ObjectNode binding) {
    var node = binding.path("target").path("name").asText("");
    if (node.isEmpty()) {
      throw ApiException.badRequest("target.name is required: the name of a node");
    }
    parts
        .writer()
        .patch(
            call,
            live -> {
              var spec = live.withObjectProperty("spec");
              if (spec.hasNonNull("nodeName")) {
                throw ApiException.conflict(
                    call.type().name(),
                    call.name(),
                    "pod %s is already assigned to node \"%s\""
                        .formatted(call.name(), spec.path("nodeName").asText()));
              }
              spec.put("nodeName", node);
              live.withObjectProperty("status")
                  .withArrayProperty("conditions")
                  .addObject()
                  .put("type", "PodScheduled")
                  .put("status", "True")
                  .putNull("lastProbeTime")
                  .put("lastTransitionTime", Meta.time(parts.clock().instant()));
              return live;
            });
  }

  private void finalizeNamespace(Call call, Exchange exchange) throws IOException {
    var body = (ObjectNode) Body.object(exchange).tree();
    var finalizers = body.path("spec").path("finalizers");
    var result =
        parts
            .writer()
            .patch(
                call,
                live -> {
                  live.withObjectProperty("spec")
                      .set("finalizers", finalizers.isArray() ? finalizers : Json.texts(List.of()));
                  return live;
                });
    Answers.object(exchange, 200, result, call.type(), AnswerForm.JSON);
  }
}
