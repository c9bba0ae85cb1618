// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The schema of one field: its type, how its parts merge, and what values it may have. The same
/// for built-in kinds and custom resources. Parts are made when first asked for, since types may
/// contain themselves.
public final class Schema {
  /// The JSON type; `ANY` for what has no single one (`x-kubernetes-int-or-string`, quantities,
  /// unknown fields that are preserved).
  public enum Type {
    OBJECT,
    ARRAY,
    STRING,
    INTEGER,
    NUMBER,
    BOOLEAN,
    ANY
  }

  /// How server-side apply sees a list: as one value, as a set of scalars, or as items with keys.
  public enum ListType {
    ATOMIC,
    SET,
    MAP
  }

  /// What is known of nothing: everything is allowed and kept.
  public static final Schema ANYTHING =
      of(JsonNodeFactory.instance.objectNode().put("x-kubernetes-preserve-unknown-fields", true));

  /// Finds the types that schemas refer to by name.
  interface Types {
    Schema named(String name);
  }

  private final JsonNode here;
  private final @Nullable Schema referred;
  private final Types types;
  private final Type type;
  private volatile @Nullable Map<String, Schema> properties;
  private volatile @Nullable Schema items;
  private volatile @Nullable Schema additional;

  Schema(JsonNode here, Types types) {
    this.here = here;
    this.types = types;
    this.referred = here.has("ref") ? types.named(here.path("ref").asText()) : null;
    this.type = referred != null ? referred.type : typeOf(here);
  }

  /// A schema that refers to no other.
  static Schema of(JsonNode tree) {
    return new Schema(
        tree,
        name -> {
          throw new IllegalStateException("no type " + name);
        });
  }

  private static Type typeOf(JsonNode tree) {
    if (tree.path("x-kubernetes-int-or-string").asBoolean()) {
      return Type.ANY;
    }
    return switch (tree.path("type").asText()) {
      case "object" -> Type.OBJECT;
      case "array" -> Type.ARRAY;
      case "string" -> Type.STRING;
      case "integer" -> Type.INTEGER;
      case "number" -> Type.NUMBER;
      case "boolean" -> Type.BOOLEAN;
      default -> tree.has("properties") ? Type.OBJECT : Type.ANY;
    };
  }

  /// A keyword of OpenAPI as it stands in the schema, or absent.
  public @Nullable JsonNode keyword(String name) {
    var found = here.get(name);
    return found == null && referred != null ? referred.keyword(name) : found;
  }

  private boolean flag(String name) {
    var found = keyword(name);
    return found != null && found.asBoolean();
  }

  private String text(String name) {
    var found = keyword(name);
    return found == null ? "" : found.asText();
  }

  /// The JSON type.
  public Type type() {
    return type;
  }

  /// The name of the built-in type this place holds, such as
  /// `io.k8s.apimachinery.pkg.apis.meta.v1.Time`; empty where the fields are spelled out.
  public String typeName() {
    return here.path("ref").asText();
  }

  /// `date-time`, `int32`, `byte` and the like, or empty.
  public String format() {
    return text("format");
  }

  /// Whether null is a value.
  public boolean nullable() {
    return flag("nullable");
  }

  /// Whether null stays when it is written: where it is a value, and where nothing is known.
  public boolean keepsNull() {
    return nullable() || (type == Type.ANY && preservesUnknownFields());
  }

  /// Whether unknown fields are kept.
  public boolean preservesUnknownFields() {
    return flag("x-kubernetes-preserve-unknown-fields")
        || (additionalProperties() == null
            && properties().isEmpty()
            && ((type == Type.ANY && !intOrString())
                || typeName().endsWith("FieldsV1")
                || opaque()));
  }

  /// Whether any value stands here that is never looked into (`RawExtension`).
  public boolean opaque() {
    return typeName().endsWith("RawExtension") || typeName().endsWith(".v1.Patch");
  }

  /// Whether a whole object with `apiVersion`, `kind` and `metadata` stands here.
  public boolean embeddedResource() {
    return flag("x-kubernetes-embedded-resource");
  }

  /// Whether an object of a built-in kind is always here, at least an empty one.
  public boolean isStruct() {
    var initial = defaultValue();
    return type == Type.OBJECT && !typeName().isEmpty() && initial != null && initial.isObject();
  }

  /// Whether integers and strings are allowed.
  public boolean intOrString() {
    return flag("x-kubernetes-int-or-string") || format().equals("int-or-string");
  }

  /// Whether a quantity such as `100Mi` stands here.
  public boolean quantity() {
    return typeName().endsWith("api.resource.Quantity");
  }

  /// The value of a field that is absent, or absent itself.
  public @Nullable JsonNode defaultValue() {
    return here.get("default");
  }

  /// The names of fields that must be there.
  public List<String> required() {
    return texts("required");
  }

  /// The fields by name.
  public Map<String, Schema> properties() {
    if (referred != null) {
      return referred.properties();
    }
    var known = properties;
    if (known == null) {
      var made = new LinkedHashMap<String, Schema>();
      here.path("properties")
          .properties()
          .forEach(entry -> made.put(entry.getKey(), new Schema(entry.getValue(), types)));
      known = made;
      properties = known;
    }
    return known;
  }

  /// The schema of all values of a map, or absent.
  public @Nullable Schema additionalProperties() {
    if (referred != null) {
      return referred.additionalProperties();
    }
    var tree = here.path("additionalProperties");
    if (additional == null && (tree.isObject() || tree.asBoolean())) {
      additional = tree.isObject() ? new Schema(tree, types) : ANYTHING;
    }
    return additional;
  }

  /// The schema of all items of a list, or absent.
  public @Nullable Schema items() {
    if (referred != null) {
      return referred.items();
    }
    if (items == null && here.path("items").isObject()) {
      items = new Schema(here.path("items"), types);
    }
    return items;
  }

  /// The schema of one field of an object or map, or absent when no such field is declared.
  public @Nullable Schema field(String name) {
    var declared = properties().get(name);
    return declared != null ? declared : additionalProperties();
  }

  /// The schema of one field, or [#ANYTHING].
  public Schema fieldOrAny(String name) {
    var declared = field(name);
    return declared == null ? ANYTHING : declared;
  }

  /// The schema of items, or [#ANYTHING].
  public Schema itemsOrAny() {
    var declared = items();
    return declared == null ? ANYTHING : declared;
  }

  /// How server-side apply sees this list.
  public ListType listType() {
    return switch (text("x-kubernetes-list-type")) {
      case "set" -> ListType.SET;
      case "map" -> ListType.MAP;
      default -> ListType.ATOMIC;
    };
  }

  /// The fields that together identify an item.
  public List<String> listMapKeys() {
    return texts("x-kubernetes-list-map-keys");
  }

  /// Whether server-side apply sees this object or map as one value.
  public boolean atomicMap() {
    return text("x-kubernetes-map-type").equals("atomic");
  }

  /// The field that identifies an item to a strategic merge patch, or empty.
  public String patchMergeKey() {
    return text("x-kubernetes-patch-merge-key");
  }

  /// How a strategic merge patch treats this field: `merge`, `replace`, `retainKeys`.
  public List<String> patchStrategies() {
    var strategies = text("x-kubernetes-patch-strategy");
    return strategies.isEmpty() ? List.of() : List.of(strategies.split(","));
  }

  /// The schemas that a value must fit all, any or one of.
  List<Schema> alternatives(String keyword) {
    var list = here.path(keyword);
    if (referred != null || !list.isArray()) {
      return List.of();
    }
    return list.valueStream().map(each -> new Schema(each, types)).toList();
  }

  /// Another schema that stands under a keyword, or absent.
  @Nullable Schema part(String keyword) {
    var tree = here.path(keyword);
    return tree.isObject() ? new Schema(tree, types) : null;
  }

  /// The schema as a tree, without what it refers to.
  ObjectNode tree() {
    return here instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
  }

  private List<String> texts(String name) {
    var found = keyword(name);
    if (found == null) {
      return List.of();
    }
    return found.valueStream().map(JsonNode::asText).toList();
  }
}
