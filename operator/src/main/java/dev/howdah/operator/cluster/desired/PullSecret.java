// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Resource;

/// The Secret that the operator's own images are pulled with, where the pods of a Cluster are.
public final class PullSecret {
  private PullSecret() {}

  /// Its name; empty where the operator has none.
  public static String name(Blueprint blueprint) {
    return blueprint.settings().pullSecret().isEmpty()
        ? ""
        : ObjectNames.pullSecret(blueprint.name());
  }

  /// The copy of the one in the operator's namespace.
  public static ObjectNode copy(Blueprint blueprint, JsonNode source) {
    ObjectNode copy =
        blueprint.object(
            Resource.SECRETS, name(blueprint), blueprint.labels(), blueprint.annotations());
    copy.set("type", source.path("type"));
    copy.set("data", source.path("data"));
    return copy;
  }
}
