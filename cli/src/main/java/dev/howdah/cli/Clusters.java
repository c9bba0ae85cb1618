// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Attempts;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Finds the Cluster that a command names.
final class Clusters {
  private static final int ATTEMPTS = 20;

  private Clusters() {}

  /// The Cluster of this name: in the namespace given, else in the only namespace that has one.
  static ObjectNode named(KubeClient client, @Nullable String namespace, String name) {
    var found = all(client, namespace).stream().filter(c -> Json.name(c).equals(name)).toList();
    if (found.size() == 1) {
      return found.getFirst();
    }
    if (found.isEmpty()) {
      var known =
          all(client, namespace).stream()
              .map(c -> Json.namespace(c) + "/" + Json.name(c))
              .collect(Collectors.joining(", "));
      throw new ProblemException(
          new Problem(
              "NO_SUCH_CLUSTER",
              "there is no Cluster %s%s"
                  .formatted(name, namespace == null ? "" : " in namespace " + namespace),
              known.isEmpty()
                  ? "There are none at all; make one with: howdah up FILE, or kubectl apply -f FILE"
                  : "There are: " + known));
    }
    throw new ProblemException(
        new Problem(
            "AMBIGUOUS_CLUSTER",
            "several namespaces have a Cluster %s: %s"
                .formatted(
                    name, found.stream().map(Json::namespace).collect(Collectors.joining(", "))),
            "Say which one with --namespace."));
  }

  /// Reads a Cluster, decides and writes; anew where somebody else was quicker.
  static <T> T unlessChanged(Supplier<T> attempt) {
    return Attempts.unlessChanged(ATTEMPTS, attempt);
  }

  static List<ObjectNode> all(KubeClient client, @Nullable String namespace) {
    return all(
        client,
        Resource.CLUSTERS,
        namespace,
        "Cluster of postgresql.cnpg.io/v1",
        "Install Howdah there first: helm install howdah charts/howdah -n howdah-system"
            + " --create-namespace");
  }

  /// @param kind as a message names it
  /// @param remedy what to do where the API server doesn't know the kind
  static List<ObjectNode> all(
      KubeClient client,
      Resource resource,
      @Nullable String namespace,
      String kind,
      String remedy) {
    try {
      return client.list(resource, namespace == null ? "" : namespace, Selection.ALL).items();
    } catch (KubeException e) {
      if (e.isNotFound()) {
        throw new ProblemException(
            new Problem("NOT_INSTALLED", "this API server doesn't know the kind " + kind, remedy),
            e);
      }
      throw e;
    }
  }
}
