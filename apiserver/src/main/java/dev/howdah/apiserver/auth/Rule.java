// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import java.util.ArrayList;
import java.util.List;

/// One rule of a role: these verbs on these resources, or on these paths.
public record Rule(
    List<String> verbs,
    List<String> groups,
    List<String> resources,
    List<String> names,
    List<String> paths) {
  private static final String ANY = "*";

  /// Reads the `rules` of a role.
  public static List<Rule> listOf(JsonNode rules) {
    return rules
        .valueStream()
        .map(rule ->
            new Rule(
                texts(rule.path("verbs")),
                texts(rule.path("apiGroups")),
                texts(rule.path("resources")),
                texts(rule.path("resourceNames")),
                texts(rule.path("nonResourceURLs"))))
        .toList();
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asText).toList();
  }

  /// Whether the rule allows it.
  boolean allows(Access access) {
    if (!has(verbs, access.verb())) {
      return false;
    }
    if (!access.onResource()) {
      return coversPath(access.path());
    }
    return has(groups, access.group())
        && coversResource(access)
        && (names.isEmpty() || names.contains(access.name()));
  }

  private static boolean has(List<String> allowed, String wanted) {
    return allowed.contains(ANY) || allowed.contains(wanted);
  }

  private boolean coversResource(Access access) {
    return resources.contains(ANY)
        || resources.contains(access.resourcePath())
        || (!access.subresource().isEmpty() && resources.contains("*/" + access.subresource()));
  }

  private boolean coversPath(String path) {
    for (var allowed : paths) {
      if (allowed.equals(ANY)
          || allowed.equals(path)
          || (allowed.endsWith(ANY)
              && path.startsWith(allowed.substring(0, allowed.length() - 1)))) {
        return true;
      }
    }
    return false;
  }

  /// The rule taken apart, so that each part has one verb and one resource (or path).
  List<Rule> parts() {
    var parts = new ArrayList<Rule>();
    for (var verb : verbs) {
      for (var path : paths) {
        parts.add(new Rule(List.of(verb), List.of(), List.of(), List.of(), List.of(path)));
      }
      for (var group : groups) {
        for (var resource : resources) {
          if (names.isEmpty()) {
            parts.add(
                new Rule(List.of(verb), List.of(group), List.of(resource), List.of(), List.of()));
          }
          for (var name : names) {
            parts.add(
                new Rule(
                    List.of(verb), List.of(group), List.of(resource), List.of(name), List.of()));
          }
        }
      }
    }
    return parts;
  }

  /// Whether everything one part allows is allowed by this rule too.
  boolean covers(Rule part) {
    if (!has(verbs, part.verbs.getFirst())) {
      return false;
    }
    if (!part.paths.isEmpty()) {
      return coversPath(part.paths.getFirst());
    }
    var resource = part.resources.getFirst();
    var slash = resource.indexOf('/');
    return has(groups, part.groups.getFirst())
        && (has(resources, resource)
            || (slash >= 0 && resources.contains("*" + resource.substring(slash))))
        && (names.isEmpty() || (!part.names.isEmpty() && names.contains(part.names.getFirst())));
  }

  /// The rule as reviews show it.
  public ObjectNode tree() {
    var tree = Json.object();
    tree.set("verbs", Json.texts(verbs));
    if (!paths.isEmpty()) {
      tree.set("nonResourceURLs", Json.texts(paths));
      return tree;
    }
    tree.set("apiGroups", Json.texts(groups));
    tree.set("resources", Json.texts(resources));
    if (!names.isEmpty()) {
      tree.set("resourceNames", Json.texts(names));
    }
    return tree;
  }

  @Override
  public String toString() {
    return paths.isEmpty()
        ? "{APIGroups:%s, Resources:%s%s, Verbs:%s}"
            .formatted(groups, resources, names.isEmpty() ? "" : ", ResourceNames:" + names, verbs)
        : "{NonResourceURLs:%s, Verbs:%s}".formatted(paths, verbs);
  }
}
