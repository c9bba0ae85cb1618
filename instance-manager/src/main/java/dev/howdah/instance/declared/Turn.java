// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.kube.Json;
import java.util.Collection;
import java.util.Comparator;

/// What to do about one declaring resource now.
sealed interface Turn {
  /// Nothing: it isn't ours, or all is done.
  record Rest() implements Turn {}

  /// It waits, and its status says for what.
  record Waits(String message) implements Turn {}

  /// It can't be done, and its status says why.
  record Fails(String message) implements Turn {}

  /// PostgreSQL is brought into shape.
  record Applies() implements Turn {}

  /// It is on its way out.
  ///
  /// @param drop whether what it stands for goes with it
  record Leaves(boolean drop) implements Turn {}

  /// Decides.
  ///
  /// @param all resources of the kind
  /// @param fresh whether this server has become the primary since the last time
  static Turn of(
      DeclaredKind kind,
      ObjectNode object,
      Collection<ObjectNode> all,
      JsonNode cluster,
      boolean fresh) {
    JsonNode spec = object.path("spec");
    if (!isOf(spec, cluster)) {
      return new Rest();
    }
    boolean replica = ClusterFields.isReplica(cluster);
    ObjectNode first = first(kind, object, all, cluster);
    boolean loses = first != object;
    if (!object.path("metadata").path("deletionTimestamp").isMissingNode()) {
      boolean asked = spec.path(kind.reclaimField()).asText("retain").equals("delete");
      boolean ours = !loses && !replica && kind.hindrance(spec, cluster).isEmpty();
      return hasFinalizer(object, kind.finalizer()) ? new Leaves(asked && ours) : new Rest();
    }
    if (replica) {
      return new Waits("waiting for the cluster to become primary");
    }
    String hindrance = kind.hindrance(spec, cluster);
    if (!hindrance.isEmpty()) {
      return new Fails(hindrance);
    }
    if (loses) {
      return new Fails(
          "\"%s\" is already managed by object \"%s\""
              .formatted(kind.subject(spec), Json.name(first)));
    }
    boolean done =
        object.path("status").path("applied").asBoolean(false)
            && object.path("status").path("observedGeneration").asLong(-1)
                == object.path("metadata").path("generation").asLong(0)
            && hasFinalizer(object, kind.finalizer());
    return done && !fresh && !kind.stale(object) ? new Rest() : new Applies();
  }

  private static boolean isOf(JsonNode spec, JsonNode cluster) {
    return spec.path("cluster").path("name").asText("").equals(Json.name(cluster));
  }

  /// Of several for one subject the oldest counts; one that has been applied goes before.
  private static ObjectNode first(
      DeclaredKind kind, ObjectNode object, Collection<ObjectNode> all, JsonNode cluster) {
    String subject = kind.subject(object.path("spec"));
    return all.stream()
        .filter(o -> isOf(o.path("spec"), cluster))
        .filter(o -> kind.subject(o.path("spec")).equals(subject))
        .min(
            Comparator.<ObjectNode, String>comparing(
                    o -> o.path("metadata").path("creationTimestamp").asText(""))
                .thenComparing(Json::name))
        .filter(o -> !Json.uid(o).equals(Json.uid(object)))
        .orElse(object);
  }

  static boolean hasFinalizer(ObjectNode object, String finalizer) {
    for (JsonNode there : object.path("metadata").path("finalizers")) {
      if (there.asText().equals(finalizer)) {
        return true;
      }
    }
    return false;
  }
}
