// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/// Which image and which PostgreSQL major a Cluster asks for.
public sealed interface ImageResolution {

  /// @param image the image of PostgreSQL
  /// @param major its PostgreSQL major
  /// @param extensions the extensions to mount, as `status.pgDataImageInfo.extensions` has them
  record Resolved(String image, int major, List<ObjectNode> extensions) implements ImageResolution {
    public Resolved {
      extensions = List.copyOf(extensions);
    }
  }

  /// Nothing can run yet: phase `Cluster has incomplete or invalid image catalog`, or an invalid
  /// definition.
  record Unresolved(String reason, String remedy) implements ImageResolution {}

  /// Resolves the image of a Cluster.
  ///
  /// @param catalogs looks a catalog up
  /// @param standardImage the image where the Cluster names neither image nor catalog
  static ImageResolution of(
      JsonNode cluster,
      Function<CatalogReference, Optional<JsonNode>> catalogs,
      String standardImage) {
    JsonNode reference = cluster.path("spec").path("imageCatalogRef");
    if (reference.isObject()) {
      return ofCatalog(cluster, reference, catalogs);
    }
    String named = cluster.path("spec").path("imageName").asText("");
    String image = named.isEmpty() ? standardImage : named;
    Optional<ImageName> name = ImageName.parse(image);
    if (name.isEmpty()) {
      return new Unresolved(
          "spec.imageName: \"" + image + "\" is no name of an image",
          "write it as ghcr.io/cloudnative-pg/postgresql:18");
    }
    OptionalInt major = declaredMajor(cluster);
    if (major.isEmpty()) {
      major = name.get().major();
    }
    if (major.isEmpty()) {
      return new Unresolved(
          "spec.imageName: \"" + image + "\" doesn't tell its PostgreSQL major",
          "let the tag begin with it, or say it in the annotation " + Annotations.POSTGRES_MAJOR);
    }
    return extensions(cluster, image, major.getAsInt(), List.of());
  }

  /// The PostgreSQL major that a Cluster asks for, as far as its definition alone tells.
  static OptionalInt majorOf(JsonNode cluster) {
    JsonNode reference = cluster.path("spec").path("imageCatalogRef");
    if (reference.isObject()) {
      int major = reference.path("major").asInt(0);
      return major > 0 ? OptionalInt.of(major) : OptionalInt.empty();
    }
    OptionalInt declared = declaredMajor(cluster);
    return declared.isPresent()
        ? declared
        : ImageName.parse(cluster.path("spec").path("imageName").asText(""))
            .map(ImageName::major)
            .orElse(OptionalInt.empty());
  }

  private static OptionalInt declaredMajor(JsonNode cluster) {
    String declared =
        cluster.path("metadata").path("annotations").path(Annotations.POSTGRES_MAJOR).asText("");
    return declared.matches("[0-9]{2}")
        ? OptionalInt.of(Integer.parseInt(declared))
        : OptionalInt.empty();
  }

  private static ImageResolution ofCatalog(
      JsonNode cluster,
      JsonNode reference,
      Function<CatalogReference, Optional<JsonNode>> catalogs) {
    String kind = reference.path("kind").asText("");
    String name = reference.path("name").asText("");
    int major = reference.path("major").asInt(0);
    String namespace =
        kind.equals("ClusterImageCatalog")
            ? ""
            : cluster.path("metadata").path("namespace").asText("default");
    Optional<JsonNode> catalog = catalogs.apply(new CatalogReference(kind, namespace, name));
    if (catalog.isEmpty()) {
      return new Unresolved(
          "spec.imageCatalogRef: there is no " + kind + " " + name,
          "make it, or correct the reference");
    }
    List<Integer> majors = new ArrayList<>();
    for (JsonNode entry : catalog.get().path("spec").path("images")) {
      if (entry.path("major").asInt(0) == major) {
        List<JsonNode> offered = new ArrayList<>();
        entry.path("extensions").forEach(offered::add);
        return extensions(cluster, entry.path("image").asText(""), major, offered);
      }
      majors.add(entry.path("major").asInt(0));
    }
    return new Unresolved(
        "spec.imageCatalogRef: %s %s has no image for major %d, only for %s"
            .formatted(kind, name, major, majors),
        "add it to the catalog, or ask for another major");
  }

  /// What the Cluster lists, completed field by field from what the catalog offers.
  private static ImageResolution extensions(
      JsonNode cluster, String image, int major, List<JsonNode> offered) {
    List<ObjectNode> extensions = new ArrayList<>();
    for (JsonNode wanted : cluster.path("spec").path("postgresql").path("extensions")) {
      String name = wanted.path("name").asText("");
      ObjectNode merged = JsonNodeFactory.instance.objectNode();
      for (JsonNode entry : offered) {
        if (entry.path("name").asText("").equals(name)) {
          merged.setAll((ObjectNode) entry.deepCopy());
        }
      }
      overlay(merged, wanted);
      if (merged.path("image").path("reference").asText("").isEmpty()) {
        return new Unresolved(
            "spec.postgresql.extensions: no image is known for " + name,
            "write its image.reference, or add the extension to the catalog");
      }
      extensions.add(merged);
    }
    return new Resolved(image, major, extensions);
  }

  private static void overlay(ObjectNode under, JsonNode over) {
    for (var field : over.properties()) {
      JsonNode value = field.getValue();
      if (value instanceof ObjectNode inner
          && under.get(field.getKey()) instanceof ObjectNode old) {
        overlay(old, inner);
      } else if (!value.isNull() && !(value.isContainerNode() && value.isEmpty())) {
        under.set(field.getKey(), value.deepCopy());
      }
    }
  }
}
