// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// Applies manifests to an API server as `kubectl apply --server-side` does, under the field
/// manager `howdah`.
final class Applier {
  private static final String FIELD_MANAGER = "howdah";
  private final KubeClient client;
  private final Consumer<String> say;
  private final Map<String, ObjectNode> discovery = new HashMap<>();

  Applier(KubeClient client, Consumer<String> say) {
    this.client = client;
    this.say = say;
  }

  /// Applies one after the other; a namespace that objects are in and that nobody has made is made.
  void apply(Manifests manifests) {
    for (var object : manifests.objects()) {
      var resource = resource(object);
      var target = object.deepCopy();
      if (resource.namespaced()) {
        if (Json.namespace(target).isEmpty()) {
          target.withObject("/metadata").put("namespace", client.namespace());
        }
        ensureNamespace(Json.namespace(target));
      }
      applyOne(resource, target);
    }
  }

  private void applyOne(Resource resource, ObjectNode target) {
    var name = resource.plural() + "/" + Json.name(target);
    var before = client.find(resource, Json.namespace(target), Json.name(target));
    try {
      var after = client.apply(resource, target, FIELD_MANAGER, true);
      var unchanged =
          before
              .map(b -> Json.resourceVersion(b).equals(Json.resourceVersion(after)))
              .orElse(false);
      say.accept(name + (before.isEmpty() ? " created" : unchanged ? " unchanged" : " configured"));
    } catch (KubeException e) {
      throw refused(target, e);
    }
  }

  private static ProblemException refused(ObjectNode target, KubeException e) {
    var causes = new StringBuilder();
    for (var cause : e.details().path("causes")) {
      causes
          .append("\n  ")
          .append(cause.path("field").asText())
          .append(": ")
          .append(cause.path("message").asText());
    }
    return new ProblemException(
        new Problem(
            "REFUSED",
            "%s %s was refused: %s%s"
                .formatted(
                    target.path("kind").asText(),
                    Json.name(target),
                    causes.isEmpty() ? e.getMessage() : "",
                    causes),
            "Objects that stand before it in the file were applied. Correct this one and run the"
                + " command again."),
        e);
  }

  private void ensureNamespace(String namespace) {
    if (client.find(Resource.NAMESPACES, "", namespace).isEmpty()) {
      client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", namespace));
      say.accept("namespaces/" + namespace + " created (the manifest uses it and doesn't make it)");
    }
  }

  /// Finds how the server addresses this kind, by discovery.
  private Resource resource(ObjectNode object) {
    var apiVersion = object.path("apiVersion").asText();
    var kind = object.path("kind").asText();
    var path = apiVersion.contains("/") ? "/apis/" + apiVersion : "/api/" + apiVersion;
    try {
      var list = discovery.computeIfAbsent(path, p -> client.request("GET", p, Map.of(), null));
      for (var entry : list.path("resources")) {
        var plural = entry.path("name").asText();
        if (entry.path("kind").asText().equals(kind) && !plural.contains("/")) {
          int slash = apiVersion.indexOf('/');
          return new Resource(
              slash < 0 ? "" : apiVersion.substring(0, slash),
              apiVersion.substring(slash + 1),
              plural,
              kind,
              entry.path("namespaced").asBoolean());
        }
      }
    } catch (KubeException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
    throw new ProblemException(
        new Problem(
            "UNKNOWN_KIND",
            "%s %s: the API server has no kind %s in %s"
                .formatted(kind, Json.name(object), kind, apiVersion),
            "Check the spelling of kind and apiVersion; `kubectl api-resources` lists what there"
                + " is."));
  }
}
