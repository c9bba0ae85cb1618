// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.discovery;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.resource.ResourceTypes;
import java.util.List;
import java.util.TreeSet;

/// The discovery documents, in the old form (one per group and version) and the aggregated one.
public final class Discovery {
  /// The content type of aggregated documents.
  public static final String AGGREGATED =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

  private static final List<String> READ_WRITE =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  private record Subresource(String kind, String group, String version, List<String> verbs) {}

  private final ResourceTypes types;

  public Discovery(ResourceTypes types) {
    this.types = types;
  }

  /// `/api`.
  public ObjectNode coreVersions(String address) {
    var tree = Json.object().put("kind", "APIVersions");
    tree.set("versions", Json.texts(types.groups().getOrDefault("", List.of())));
    tree.putArray("serverAddressByClientCIDRs")
        .addObject()
        .put("clientCIDR", "0.0.0.0/0")
        .put("serverAddress", address);
    return tree;
  }

  /// `/apis`.
  public ObjectNode groups() {
    var tree = Json.object().put("kind", "APIGroupList").put("apiVersion", "v1");
    var list = tree.putArray("groups");
    for (var group : types.groups().keySet()) {
      if (!group.isEmpty()) {
        list.add(describe(group));
      }
    }
    return tree;
  }

  /// `/apis/<group>`; the group must exist.
  public ObjectNode group(String group) {
    var tree = Json.object().put("kind", "APIGroup").put("apiVersion", "v1");
    return tree.setAll(describe(group));
  }

  private ObjectNode describe(String group) {
    var tree = Json.object().put("name", group);
    var versions = types.groups().getOrDefault(group, List.of());
    var list = tree.putArray("versions");
    for (var version : versions) {
      list.addObject().put("groupVersion", group + "/" + version).put("version", version);
    }
    tree.set("preferredVersion", list.get(0).deepCopy());
    return tree;
  }

  /// `/api/v1`, `/apis/<group>/<version>`.
  public ObjectNode resources(String group, String version) {
    var tree = Json.object().put("kind", "APIResourceList").put("apiVersion", "v1");
    tree.put("groupVersion", group.isEmpty() ? version : group + "/" + version);
    var list = tree.putArray("resources");
    for (var type : types.of(group, version)) {
      var entry = list.addObject().put("name", type.plural());
      entry.put("singularName", type.names().singular());
      entry.put("namespaced", type.namespaced()).put("kind", type.kind());
      entry.set("verbs", Json.texts(verbs(type)));
      optional(entry, "shortNames", type.names().shortNames());
      optional(entry, "categories", type.names().categories());
      for (var name : new TreeSet<>(type.subresources())) {
        var subresource = subresource(type, name);
        var below = list.addObject().put("name", type.plural() + "/" + name);
        below.put("singularName", "").put("namespaced", type.namespaced());
        if (!subresource.version().isEmpty()
            && !(subresource.group().equals(group) && subresource.version().equals(version))) {
          below.put("group", subresource.group()).put("version", subresource.version());
        }
        below.put("kind", subresource.kind());
        below.set("verbs", Json.texts(subresource.verbs()));
      }
    }
    return tree;
  }

  /// The aggregated document of `/api` (core) or `/apis`.
  public ObjectNode aggregated(boolean core) {
    var tree = Json.object().put("kind", "APIGroupDiscoveryList");
    tree.put("apiVersion", "apidiscovery.k8s.io/v2").putObject("metadata");
    var items = tree.putArray("items");
    types
        .groups()
        .forEach((group, versions) -> {
          if (group.isEmpty() == core) {
            var item = items.addObject();
            var metadata = item.putObject("metadata");
            if (!group.isEmpty()) {
              metadata.put("name", group);
            }
            metadata.putNull("creationTimestamp");
            var list = item.putArray("versions");
            versions.forEach(version -> aggregated(list, group, version));
          }
        });
    return tree;
  }

  private void aggregated(ArrayNode versions, String group, String version) {
    var tree = versions.addObject().put("version", version);
    var list = tree.putArray("resources");
    for (var type : types.of(group, version)) {
      var entry = list.addObject().put("resource", type.plural());
      responseKind(entry, group, version, type.kind());
      entry.put("scope", type.namespaced() ? "Namespaced" : "Cluster");
      entry.put("singularResource", type.names().singular());
      entry.set("verbs", Json.texts(verbs(type)));
      optional(entry, "shortNames", type.names().shortNames());
      optional(entry, "categories", type.names().categories());
      if (!type.subresources().isEmpty()) {
        var below = entry.putArray("subresources");
        for (var name : new TreeSet<>(type.subresources())) {
          var subresource = subresource(type, name);
          var item = below.addObject().put("subresource", name);
          responseKind(item, subresource.group(), subresource.version(), subresource.kind());
          item.set("verbs", Json.texts(subresource.verbs()));
        }
      }
    }
    tree.put("freshness", "Current");
  }

  private static void responseKind(ObjectNode entry, String group, String version, String kind) {
    entry.putObject("responseKind").put("group", group).put("version", version).put("kind", kind);
  }

  private static void optional(ObjectNode entry, String field, List<String> values) {
    if (!values.isEmpty()) {
      entry.set(field, Json.texts(values));
    }
  }

  private static List<String> verbs(ResourceType type) {
    return onlyCreated(type) ? List.of("create") : READ_WRITE;
  }

  /// Whether objects of the type are questions that are answered and not stored.
  public static boolean onlyCreated(ResourceType type) {
    return type.plural().endsWith("reviews") && !type.custom();
  }

  private static Subresource subresource(ResourceType type, String name) {
    return switch (name) {
      case "scale" ->
          new Subresource("Scale", "autoscaling", "v1", List.of("get", "patch", "update"));
      case "log" -> new Subresource(type.kind(), "", "v1", List.of("get"));
      case "exec" -> new Subresource("PodExecOptions", "", "v1", List.of("create", "get"));
      case "attach" -> new Subresource("PodAttachOptions", "", "v1", List.of("create", "get"));
      case "portforward" ->
          new Subresource("PodPortForwardOptions", "", "v1", List.of("create", "get"));
      case "eviction" -> new Subresource("Eviction", "policy", "v1", List.of("create"));
      case "binding" -> new Subresource("Binding", "", "v1", List.of("create"));
      case "token" ->
          new Subresource("TokenRequest", "authentication.k8s.io", "v1", List.of("create"));
      case "finalize" ->
          new Subresource(type.kind(), type.group(), type.version(), List.of("update"));
      default ->
          new Subresource(
              type.kind(), type.group(), type.version(), List.of("get", "patch", "update"));
    };
  }
}
