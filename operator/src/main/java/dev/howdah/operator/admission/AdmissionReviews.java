// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.admission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.finding.Finding;
import dev.howdah.kube.Json;
import dev.howdah.operator.tree.Tree;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers the `AdmissionReview` requests (`admission.k8s.io/v1`) of an API server.
public final class AdmissionReviews {
  private static final int UNPROCESSABLE = 422;

  private final ResourceReview review;

  public AdmissionReviews(ResourceReview review) {
    this.review = review;
  }

  /// Fills in defaults.
  public ObjectNode mutate(JsonNode request) {
    JsonNode asked = request.path("request");
    if (!(asked.path("object") instanceof ObjectNode object)) {
      return answer(asked, Tree.map("allowed", true));
    }
    ObjectNode defaulted = review.defaulted(object);
    ObjectNode response = Tree.map("allowed", true);
    warnings(response, review.warnings(object, before(asked)));
    if (!defaulted.path("spec").equals(object.path("spec"))) {
      JsonNode patch =
          Tree.list(Tree.map("op", "add", "path", "/spec", "value", defaulted.path("spec")));
      response.put("patchType", "JSONPatch");
      response.put("patch", Base64.getEncoder().encodeToString(Json.bytes(patch)));
    }
    return answer(asked, response);
  }

  /// Judges.
  public ObjectNode validate(JsonNode request) {
    JsonNode asked = request.path("request");
    if (!(asked.path("object") instanceof ObjectNode object)) {
      return answer(asked, Tree.map("allowed", true));
    }
    List<Finding> errors = review.errors(object, before(asked));
    if (errors.isEmpty()) {
      return answer(asked, Tree.map("allowed", true));
    }
    String name = object.path("metadata").path("name").asText("");
    String kind = object.path("kind").asText("");
    ObjectNode status =
        Tree.map(
            "code",
            UNPROCESSABLE,
            "reason",
            "Invalid",
            "message",
            "%s \"%s\" is invalid: %s".formatted(kind, name, text(errors)),
            "details",
            Tree.map(
                "kind",
                kind,
                "name",
                name,
                "causes",
                Tree.listOf(
                    errors.stream()
                        .map(error ->
                            Tree.map(
                                "field",
                                error.path(),
                                "reason",
                                error.cause().reason(),
                                "message",
                                error.detail()))
                        .toList())));
    return answer(asked, Tree.map("allowed", false, "status", status));
  }

  private static String text(List<Finding> errors) {
    List<String> messages = errors.stream().map(Finding::message).toList();
    return messages.size() == 1 ? messages.getFirst() : messages.toString();
  }

  private static @Nullable ObjectNode before(JsonNode asked) {
    return asked.path("oldObject") instanceof ObjectNode old ? old : null;
  }

  private static void warnings(ObjectNode response, List<String> warnings) {
    if (!warnings.isEmpty()) {
      response.set("warnings", Tree.listOf(warnings));
    }
  }

  private static ObjectNode answer(JsonNode asked, ObjectNode response) {
    response.put("uid", asked.path("uid").asText(""));
    return Tree.map(
        "apiVersion", "admission.k8s.io/v1", "kind", "AdmissionReview", "response", response);
  }
}
