// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.resource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.Schemas;
import dev.howdah.apiserver.schema.TypeSchema;
import dev.howdah.apiserver.table.Tables;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads the types out of a CustomResourceDefinition.
final class CustomTypes {
  private CustomTypes() {}

  /// Whether a definition's names are its own.
  static boolean established(ObjectNode definition) {
    for (var condition : definition.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Established")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /// The types of all versions that are served, the preferred one first.
  static List<ResourceType> of(ObjectNode definition) {
    var spec = definition.path("spec");
    var group = spec.path("group").asText();
    var accepted = definition.path("status").path("acceptedNames");
    var named = accepted.has("plural") ? accepted : spec.path("names");
    var names =
        new ResourceType.Names(
            named.path("plural").asText(),
            named.path("singular").asText(),
            named.path("kind").asText(),
            texts(named.path("shortNames")),
            texts(named.path("categories")));
    var storage = "";
    for (var version : spec.path("versions")) {
      if (version.path("storage").asBoolean()) {
        storage = version.path("name").asText();
      }
    }
    var types = new ArrayList<ResourceType>();
    for (var version : spec.path("versions")) {
      if (version.path("served").asBoolean() && version instanceof ObjectNode tree) {
        types.add(type(definition, tree, group, names, storage));
      }
    }
    types.sort((a, b) -> Versions.PREFERRED_FIRST.compare(a.version(), b.version()));
    return types;
  }

  private static ResourceType type(
      ObjectNode definition,
      ObjectNode version,
      String group,
      ResourceType.Names names,
      String storage) {
    var declared = version.path("subresources");
    var subresources = new HashSet<String>();
    declared.fieldNames().forEachRemaining(subresources::add);
    var selectable = new HashSet<String>();
    for (var field : version.path("selectableFields")) {
      selectable.add(field.path("jsonPath").asText().replaceFirst("^\\.", ""));
    }
    Supplier<TypeSchema> schema = () -> Schemas.builtIn().customResource(definition, version);
    Supplier<Tables.Columns> columns = () -> Tables.customResource(version);
    var type =
        new ResourceType.Builder(
                group, version.path("name").asText(), names, once(schema), once(columns))
            .customStoredAs(storage)
            .subresources(Set.copyOf(subresources))
            .selectable(selectable)
            .scaledBy(scale(declared.path("scale")));
    if (definition.path("spec").path("scope").asText().equals("Cluster")) {
      type.clusterScoped();
    }
    return type.build();
  }

  private static ResourceType.@Nullable Scale scale(JsonNode declared) {
    return declared.isObject()
        ? new ResourceType.Scale(
            declared.path("specReplicasPath").asText(),
            declared.path("statusReplicasPath").asText(),
            declared.path("labelSelectorPath").asText(""))
        : null;
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asText).toList();
  }

  private static <T> Supplier<T> once(Supplier<T> maker) {
    return new Supplier<>() {
      private volatile @Nullable T made;

      @Override
      public T get() {
        var known = made;
        if (known == null) {
          known = maker.get();
          made = known;
        }
        return known;
      }
    };
  }
}
