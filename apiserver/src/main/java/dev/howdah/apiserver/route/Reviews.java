// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.User;
import dev.howdah.apiserver.auth.Access;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.request.Body;
import dev.howdah.apiserver.write.Call;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Answers questions that are asked by creating an object: who am I, may I, may they, whose token
/// is this.
final class Reviews {
  private final Api.Parts parts;

  Reviews(Api.Parts parts) {
    this.parts = parts;
  }

  void serve(Exchange exchange, Call call) throws IOException {
    var body = (ObjectNode) Body.object(exchange).tree();
    body.put("apiVersion", call.type().apiVersion()).put("kind", call.type().kind());
    body.withObjectProperty("metadata");
    switch (call.type().kind()) {
      case "SelfSubjectReview" -> body.putObject("status").set("userInfo", tree(call.user()));
      case "SelfSubjectAccessReview" -> access(body, call.user());
      case "SubjectAccessReview" -> access(body, subject(body.path("spec")));
      case "LocalSubjectAccessReview" -> {
        requireSameNamespace(body, call);
        access(body, subject(body.path("spec")));
      }
      case "SelfSubjectRulesReview" -> rules(body, call.user());
      case "TokenReview" -> token(body);
      default -> throw ApiException.methodNotAllowed(call.type().name(), "create");
    }
    Answers.json(exchange, 201, body);
  }

  static ObjectNode success() {
    var status = Json.object().put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    return status.put("status", "Success").put("code", 201);
  }

  private static void requireSameNamespace(ObjectNode body, Call call) {
    var asked = body.path("spec").path("resourceAttributes").path("namespace").asText("");
    if (!asked.equals(call.namespace())) {
      throw ApiException.badRequest(
          "spec.resourceAttributes.namespace must match metadata.namespace");
    }
  }

  private void access(ObjectNode body, User user) {
    var spec = body.path("spec");
    var resource = spec.path("resourceAttributes");
    var path = spec.path("nonResourceAttributes");
    if (resource.isObject() == path.isObject()) {
      throw ApiException.badRequest(
          "exactly one of nonResourceAttributes or resourceAttributes must be specified");
    }
    var access =
        new Access(
            user,
            resource.isObject(),
            (resource.isObject() ? resource : path).path("verb").asText(),
            resource.path("group").asText(),
            resource.path("resource").asText(),
            resource.path("subresource").asText(),
            resource.path("namespace").asText(),
            resource.path("name").asText(),
            path.path("path").asText());
    body.putObject("status").put("allowed", parts.rbac().allows(access));
  }

  private static User subject(JsonNode spec) {
    var user = spec.path("user").asText("");
    var groups = texts(spec.path("groups"));
    if (user.isEmpty() && groups.isEmpty()) {
      throw ApiException.badRequest("at least one of user or group must be specified");
    }
    return new User(user, spec.path("uid").asText(""), groups, Map.of());
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asText).toList();
  }

  private void rules(ObjectNode body, User user) {
    var namespace = body.path("spec").path("namespace").asText("");
    if (namespace.isEmpty()) {
      throw ApiException.badRequest("no namespace on request");
    }
    var status = body.putObject("status");
    var onResources = status.putArray("resourceRules");
    var onPaths = status.putArray("nonResourceRules");
    for (var rule : parts.rbac().rulesOf(user, namespace)) {
      (rule.paths().isEmpty() ? onResources : onPaths).add(rule.tree());
    }
    status.put("incomplete", false);
  }

  private void token(ObjectNode body) {
    var spec = body.path("spec");
    var audiences = texts(spec.path("audiences"));
    var user = parts.authenticator().byToken(spec.path("token").asText(""), audiences);
    var status = body.putObject("status");
    if (user == null) {
      status.put("authenticated", false).put("error", "invalid bearer token");
      status.putObject("user");
      return;
    }
    status.put("authenticated", true).set("user", tree(user));
    if (!audiences.isEmpty()) {
      status.set("audiences", Json.texts(audiences));
    }
  }

  private static ObjectNode tree(User user) {
    var tree = Json.object().put("username", user.name());
    if (!user.uid().isEmpty()) {
      tree.put("uid", user.uid());
    }
    tree.set("groups", Json.texts(user.groups()));
    if (!user.extra().isEmpty()) {
      var extra = tree.putObject("extra");
      user.extra().forEach((key, values) -> extra.set(key, Json.texts(values)));
    }
    return tree;
  }
}
