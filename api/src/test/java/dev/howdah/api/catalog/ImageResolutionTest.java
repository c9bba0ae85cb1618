// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.catalog.ImageResolution.Resolved;
import dev.howdah.api.catalog.ImageResolution.Unresolved;
import dev.howdah.api.corpus.Corpus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ImageResolutionTest {
  private static final Map<CatalogReference, JsonNode> CATALOGS =
      Map.of(
          new CatalogReference("ImageCatalog", "default", "ours"),
          Corpus.valid().get("ImageCatalog/ours"),
          new CatalogReference("ClusterImageCatalog", "", "everybodys"),
          Corpus.valid().get("ClusterImageCatalog/everybodys"));

  private static ImageResolution resolve(ObjectNode cluster) {
    return ImageResolution.of(
        cluster, reference -> Optional.ofNullable(CATALOGS.get(reference)), "pg:18.6");
  }

  private static ObjectNode cluster(String name) {
    return Corpus.valid().get("Cluster/" + name).deepCopy();
  }

  @Test
  void takesTheStandardImageWhereNoneIsNamed() {
    assertThat(resolve(cluster("least"))).isEqualTo(new Resolved("pg:18.6", 18, List.of()));
  }

  @Test
  void takesTheMajorFromTheTagBesidesADigest() {
    assertThat(resolve(cluster("pinned")))
        .isInstanceOfSatisfying(Resolved.class, it -> assertThat(it.major()).isEqualTo(17));
  }

  @Test
  void takesTheMajorOfADigestFromTheAnnotation() {
    assertThat(resolve(cluster("digest")))
        .isInstanceOfSatisfying(Resolved.class, it -> assertThat(it.major()).isEqualTo(17));
  }

  @Test
  void findsImagesInBothKindsOfCatalogs() {
    assertThat(resolve(cluster("by-catalog")))
        .isInstanceOfSatisfying(
            Resolved.class,
            it -> assertThat(it.image()).isEqualTo("ghcr.io/cloudnative-pg/postgresql:17.6"));
    assertThat(resolve(cluster("by-cluster-catalog")))
        .isInstanceOfSatisfying(Resolved.class, it -> assertThat(it.major()).isEqualTo(18));
  }

  @Test
  void saysWhichMajorsACatalogHas() {
    ObjectNode cluster = cluster("by-catalog");
    ((ObjectNode) cluster.at("/spec/imageCatalogRef")).put("major", 16);

    assertThat(resolve(cluster))
        .isEqualTo(
            new Unresolved(
                "spec.imageCatalogRef: ImageCatalog ours has no image for major 16, only for [17,"
                    + " 18]",
                "add it to the catalog, or ask for another major"));
  }

  @Test
  void saysWhichCatalogIsMissing() {
    ObjectNode cluster = cluster("by-catalog");
    ((ObjectNode) cluster.at("/spec/imageCatalogRef")).put("name", "nobodys");

    assertThat(resolve(cluster)).isInstanceOf(Unresolved.class);
  }

  @Test
  void completesExtensionsFromTheCatalogFieldByField() {
    ObjectNode cluster = cluster("extensions-of-catalog");
    ObjectNode extension = (ObjectNode) cluster.at("/spec/postgresql/extensions/0");
    extension.putObject("image").put("pullPolicy", "Never");
    extension.putArray("bin_path").add("bin");

    assertThat(resolve(cluster))
        .isInstanceOfSatisfying(
            Resolved.class,
            it -> {
              ObjectNode merged = it.extensions().getFirst();
              assertThat(merged.at("/image/reference").asText())
                  .isEqualTo("registry.example.org/pgvector:0.8-18");
              assertThat(merged.at("/image/pullPolicy").asText()).isEqualTo("Never");
              assertThat(merged.at("/bin_path/0").asText()).isEqualTo("bin");
              assertThat(merged.at("/ld_library_path/0").asText()).isEqualTo("usr/lib");
            });
  }

  @Test
  void needsAnImageForEachExtension() {
    ObjectNode cluster = cluster("extensions-of-catalog");
    ((ObjectNode) cluster.at("/spec/postgresql/extensions/0")).put("name", "unheard-of");

    assertThat(resolve(cluster)).isInstanceOf(Unresolved.class);
  }

  @Test
  void needsAMajor() {
    ObjectNode cluster = cluster("least");
    ((ObjectNode) cluster.get("spec")).put("imageName", "pg:latest");

    assertThat(resolve(cluster)).isInstanceOf(Unresolved.class);
  }
}
