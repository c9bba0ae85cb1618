// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.admission;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.finding.Finding;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Collectors;

/// Answers to `AdmissionReview` requests (admission.k8s.io/v1), as a webhook gives them.
public final class AdmissionReviews {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int INVALID = 422;

  private final ResourceAdmission admission;

  public AdmissionReviews(ResourceAdmission admission) {
    this.admission = admission;
  }

  /// The answer of the mutating webhook.
  public ObjectNode mutate(ObjectNode review) {
    ObjectNode response = response(review, true);
    if (review.path("request").path("object") instanceof ObjectNode object) {
      ObjectNode mutated = admission.mutate(object);
      if (!mutated.path("spec").equals(object.path("spec"))) {
        ArrayNode patch = NODES.arrayNode();
        patch
            .addObject()
            .put("op", object.has("spec") ? "replace" : "add")
            .put("path", "/spec")
            .set("value", mutated.path("spec"));
        response.put("patchType", "JSONPatch");
        response.put(
            "patch",
            Base64.getEncoder().encodeToString(patch.toString().getBytes(StandardCharsets.UTF_8)));
      }
    }
    return answer(response);
  }

  /// The answer of the validating webhook.
  public ObjectNode validate(ObjectNode review) {
    if (!(review.path("request").path("object") instanceof ObjectNode now)) {
      return answer(response(review, true));
    }
    ObjectNode before =
        review.path("request").path("oldObject") instanceof ObjectNode old ? old : null;
    Ruling ruling = admission.validate(now, before);
    ObjectNode response = response(review, ruling.allowed());
    if (!ruling.warnings().isEmpty()) {
      ArrayNode warnings = response.putArray("warnings");
      ruling.warnings().forEach(warnings::add);
    }
    if (!ruling.allowed()) {
      response.set("status", refusal(now, ruling));
    }
    return answer(response);
  }

  private static ObjectNode refusal(ObjectNode now, Ruling ruling) {
    String kind = now.path("kind").asText("");
    String name = now.path("metadata").path("name").asText("");
    ObjectNode status = NODES.objectNode();
    status.put("status", "Failure").put("code", INVALID).put("reason", "Invalid");
    status.put("message", message(kind, name, ruling));
    ObjectNode details = status.putObject("details");
    String version = now.path("apiVersion").asText("");
    details.put("name", name).put("kind", kind);
    details.put("group", version.contains("/") ? version.substring(0, version.indexOf('/')) : "");
    ArrayNode causes = details.putArray("causes");
    for (Finding finding : ruling.errors()) {
      causes
          .addObject()
          .put("reason", finding.cause().reason())
          .put("message", finding.detail())
          .put("field", finding.path());
    }
    return status;
  }

  /// As the API server words it: `Cluster.postgresql.cnpg.io "pg" is invalid: […]`.
  private static String message(String kind, String name, Ruling ruling) {
    String errors =
        ruling.errors().stream().map(Finding::message).collect(Collectors.joining(", "));
    boolean several = ruling.errors().size() > 1;
    return "%s \"%s\" is invalid: %s".formatted(kind, name, several ? "[" + errors + "]" : errors);
  }

  private static ObjectNode response(ObjectNode review, boolean allowed) {
    ObjectNode response = NODES.objectNode();
    response.put("uid", review.path("request").path("uid").asText(""));
    return response.put("allowed", allowed);
  }

  private static ObjectNode answer(ObjectNode response) {
    ObjectNode review = NODES.objectNode();
    review.put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
    review.set("response", response);
    return review;
  }
}
