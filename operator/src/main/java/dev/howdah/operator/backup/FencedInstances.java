// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.util.SortedSet;
import java.util.TreeSet;

/// The instances of a Cluster that are fenced, by its annotation; `*` stands for all.
record FencedInstances(SortedSet<String> names) {
  static FencedInstances of(JsonNode cluster) {
    var names = new TreeSet<String>();
    String text = Json.annotation(cluster, Annotations.FENCED_INSTANCES);
    try {
      if (!text.isEmpty() && Json.read(text) instanceof ArrayNode array) {
        array.forEach(name -> names.add(name.asText()));
      }
    } catch (IOException e) {
      names.add(text); // whatever it means, it isn't ours
    }
    return new FencedInstances(names);
  }

  boolean isEmpty() {
    return names.isEmpty();
  }

  boolean has(String instance) {
    return names.contains(instance);
  }

  FencedInstances with(String instance) {
    var more = new TreeSet<>(names);
    more.add(instance);
    return new FencedInstances(more);
  }

  FencedInstances without(String instance) {
    var less = new TreeSet<>(names);
    less.remove(instance);
    return new FencedInstances(less);
  }

  /// As the annotation has it.
  String text() {
    ArrayNode array = Json.mapper().createArrayNode();
    names.forEach(array::add);
    return array.toString();
  }

  @Override
  public String toString() {
    return String.join(", ", names);
  }
}
