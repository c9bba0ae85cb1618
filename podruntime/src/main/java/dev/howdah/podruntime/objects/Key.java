// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;

/// Namespace and name of an object; the namespace is empty for cluster-scoped ones.
public record Key(String namespace, String name) {
  public static Key of(JsonNode object) {
    return new Key(Json.namespace(object), Json.name(object));
  }

  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
