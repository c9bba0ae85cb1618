// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Mirror;
import java.util.Comparator;
import java.util.List;

/// Objects and their controlling owner.
final class Owned {
  private Owned() {}

  /// The objects that an owner controls, oldest first.
  static List<ObjectNode> by(JsonNode owner, Mirror mirror) {
    String uid = Json.uid(owner);
    return mirror.in(Json.namespace(owner)).stream()
        .filter(object -> controller(object).path("uid").asText("").equals(uid))
        .sorted(Comparator.comparing(Owned::created).thenComparing(Json::name))
        .toList();
  }

  /// The reference to the controlling owner; a missing node when there is none.
  static JsonNode controller(JsonNode object) {
    for (JsonNode reference : object.path("metadata").path("ownerReferences")) {
      if (reference.path("controller").asBoolean()) {
        return reference;
      }
    }
    return Json.object().path("none");
  }

  /// Makes the owner control the object.
  static void take(JsonNode owner, ObjectNode object) {
    object
        .withObject("/metadata")
        .putArray("ownerReferences")
        .addObject()
        .put("apiVersion", owner.path("apiVersion").asText())
        .put("kind", owner.path("kind").asText())
        .put("name", Json.name(owner))
        .put("uid", Json.uid(owner))
        .put("controller", true)
        .put("blockOwnerDeletion", true);
  }

  /// A pod made from its owner's template.
  static ObjectNode pod(JsonNode owner) {
    JsonNode template = owner.path("spec").path("template");
    ObjectNode pod = Json.object().put("apiVersion", "v1").put("kind", "Pod");
    ObjectNode metadata = pod.putObject("metadata");
    metadata.put("generateName", Json.name(owner) + "-").put("namespace", Json.namespace(owner));
    for (String field : List.of("labels", "annotations")) {
      if (template.path("metadata").has(field)) {
        metadata.set(field, template.path("metadata").path(field).deepCopy());
      }
    }
    take(owner, pod);
    pod.set("spec", template.path("spec").deepCopy());
    return pod;
  }

  static boolean isLeaving(JsonNode object) {
    return object.path("metadata").has("deletionTimestamp");
  }

  static String phase(JsonNode pod) {
    return pod.path("status").path("phase").asText("");
  }

  static boolean isOver(JsonNode pod) {
    return phase(pod).equals("Succeeded") || phase(pod).equals("Failed");
  }

  static boolean isReady(JsonNode pod) {
    return condition(pod, "Ready").path("status").asText().equals("True");
  }

  /// A condition by type; a missing node when there is none.
  static JsonNode condition(JsonNode object, String type) {
    for (JsonNode condition : object.path("status").path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return Json.object().path("none");
  }

  static String created(JsonNode object) {
    return object.path("metadata").path("creationTimestamp").asText("");
  }

  /// Deletes this very object; it may be gone already.
  static void delete(KubeClient client, Resource resource, JsonNode object) {
    try {
      client.delete(
          resource,
          Json.namespace(object),
          Json.name(object),
          DeleteOptions.ofUid(Json.uid(object)).propagation(DeleteOptions.Propagation.BACKGROUND));
    } catch (KubeException e) {
      if (!e.isNotFound() && !e.isConflict()) {
        throw e;
      }
    }
  }
}
