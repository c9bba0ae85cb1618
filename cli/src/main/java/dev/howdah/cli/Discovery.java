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

/// Which kinds an API server has.
final class Discovery {
  private final KubeClient client;
  private final Map<String, ObjectNode> known = new HashMap<>();

  Discovery(KubeClient client) {
    this.client = client;
  }

  /// Finds how the server addresses this kind, by discovery.
  Resource resource(ObjectNode object) {
    var apiVersion = object.path("apiVersion").asText();
    var kind = object.path("kind").asText();
    var path = apiVersion.contains("/") ? "/apis/" + apiVersion : "/api/" + apiVersion;
    try {
      var list = known.computeIfAbsent(path, p -> client.request("GET", p, Map.of(), null));
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
