// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Meta;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// All types that are served at this moment.
public final class ResourceTypes {
  private record Address(String group, String version, String plural) {}

  private record Definition(String uid, long generation) {
    static Definition of(ObjectNode tree) {
      return new Definition(Meta.uid(tree), tree.at("/metadata/generation").asLong());
    }
  }

  private record State(
      List<ResourceType> all,
      Map<Address, ResourceType> byAddress,
      Map<String, ResourceType> byKind,
      Map<String, List<String>> versionsByGroup) {}

  private final List<ResourceType> builtIn = BuiltInTypes.all();
  private final Map<Definition, List<ResourceType>> custom = new ConcurrentHashMap<>();
  private volatile State state = state(builtIn);

  /// Serves the types of these CustomResourceDefinitions (those that are established), and no
  /// others.
  public void define(Collection<ObjectNode> definitions) {
    var all = new ArrayList<>(builtIn);
    custom.keySet().removeIf(d -> definitions.stream().noneMatch(t -> d.equals(Definition.of(t))));
    for (var definition : definitions) {
      if (CustomTypes.established(definition)) {
        all.addAll(known(definition));
      }
    }
    state = state(all);
  }

  // Types hold parsed schemas, so those of a definition that has not changed are kept.
  private List<ResourceType> known(ObjectNode definition) {
    return custom.computeIfAbsent(Definition.of(definition), _ -> CustomTypes.of(definition));
  }

  private static State state(List<ResourceType> all) {
    Map<Address, ResourceType> byAddress = new HashMap<>();
    Map<String, ResourceType> byKind = new HashMap<>();
    Map<String, List<String>> versions = new LinkedHashMap<>();
    for (var type : all) {
      byAddress.put(new Address(type.group(), type.version(), type.plural()), type);
      byKind.putIfAbsent(type.apiVersion() + " " + type.kind(), type);
      var known = versions.computeIfAbsent(type.group(), _ -> new ArrayList<>());
      if (!known.contains(type.version())) {
        known.add(type.version());
      }
    }
    versions.values().forEach(list -> list.sort(Versions.PREFERRED_FIRST));
    return new State(List.copyOf(all), byAddress, byKind, versions);
  }

  /// The type a path names, or null.
  public @Nullable ResourceType find(String group, String version, String plural) {
    return state.byAddress().get(new Address(group, version, plural));
  }

  /// The type an `apiVersion` and kind name, or null.
  public @Nullable ResourceType ofKind(String apiVersion, String kind) {
    return state.byKind().get(apiVersion + " " + kind);
  }

  /// Some version of the type of a group, or null; the preferred one for built-in types.
  public @Nullable ResourceType any(String group, String plural) {
    for (var version : state.versionsByGroup().getOrDefault(group, List.of())) {
      var found = find(group, version, plural);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /// All types, in all versions.
  public List<ResourceType> all() {
    return state.all();
  }

  /// The groups, each with its versions, the preferred one first; the core group's name is empty.
  public Map<String, List<String>> groups() {
    return state.versionsByGroup();
  }

  /// The types of one group and version.
  public List<ResourceType> of(String group, String version) {
    return state.all().stream()
        .filter(t -> t.group().equals(group) && t.version().equals(version))
        .toList();
  }

  /// The types that need no definition.
  public List<ResourceType> builtIn() {
    return builtIn;
  }
}
