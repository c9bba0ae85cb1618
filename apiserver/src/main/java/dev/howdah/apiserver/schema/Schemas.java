// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The schemas of the built-in kinds, read when first needed: opening the resource takes a few
/// milliseconds, and a type is parsed when it is first used.
public final class Schemas {
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
  private static final JsonMapper JSON = new JsonMapper();

  private static final class Holder {
    static final Schemas BUILT_IN = new Schemas();
  }

  private final Map<String, String> lines;
  private final Map<String, String> namesByKind;
  private final Map<String, Schema> parsed = new ConcurrentHashMap<>();
  private final Map<String, TypeSchema> kinds = new ConcurrentHashMap<>();

  private Schemas() {
    lines = Lines.read(Schemas.class, "types.gz");
    namesByKind = Lines.read(Schemas.class, "kinds.gz");
  }

  /// The built-in kinds of Kubernetes.
  public static Schemas builtIn() {
    return Holder.BUILT_IN;
  }

  /// A built-in kind, such as `apps/v1` and `Deployment`, or absent.
  public @Nullable TypeSchema kind(String apiVersion, String kind) {
    var name = typeName(apiVersion, kind);
    return name == null
        ? null
        : kinds.computeIfAbsent(
            apiVersion + " " + kind, _ -> new BuiltInType(apiVersion, kind, named(name)));
  }

  /// The name of the type of a kind, such as `io.k8s.api.apps.v1.Deployment`.
  public @Nullable String typeName(String apiVersion, String kind) {
    var name = namesByKind.get(apiVersion + " " + kind);
    // Options, Status and WatchEvent are served by every group.
    return name == null && lines.containsKey(META + kind) ? META + kind : name;
  }

  /// The names of the types of a group and version that clients send, by kind.
  public Map<String, String> kindsOf(String apiVersion) {
    var result = new TreeMap<String, String>();
    namesByKind.forEach((key, name) -> {
      if (key.startsWith(apiVersion + " ")) {
        result.put(key.substring(apiVersion.length() + 1), name);
      }
    });
    return result;
  }

  /// A type by its name in OpenAPI.
  public Schema named(String name) {
    var known = parsed.get(name);
    if (known == null) {
      known = new Schema(tree(name), this::named);
      parsed.put(name, known);
    }
    return known;
  }

  /// A type by its name as the tree that is stored: without descriptions, `ref` for references.
  public ObjectNode tree(String name) {
    var line = Objects.requireNonNull(lines.get(name), () -> "no built-in type " + name);
    return (ObjectNode) parse(line);
  }

  /// The schema of `metadata`, the same for all kinds.
  public Schema objectMeta() {
    return named(META + "ObjectMeta");
  }

  /// The type of a custom resource: `version` is an entry of `spec.versions` of a
  /// CustomResourceDefinition.
  public TypeSchema customResource(ObjectNode definition, ObjectNode version) {
    return new CustomType(definition, version, this::named);
  }

  /// The descriptions of all types and their fields: by type, then by field, `""` for the type.
  /// Read anew at each call.
  public static Map<String, String> descriptions() {
    return Lines.read(Schemas.class, "descriptions.gz");
  }

  static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
