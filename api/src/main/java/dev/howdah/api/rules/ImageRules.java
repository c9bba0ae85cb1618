// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.catalog.ImageName;
import dev.howdah.api.catalog.ImageResolution;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.Annotations;
import java.util.Optional;
import java.util.Set;

/// Rules of the image that a Cluster runs.
final class ImageRules {
  static final int OLDEST = 13;
  static final int OLDEST_MAINTAINED = 14;
  static final int NEWEST = 18;
  private static final Set<String> CATALOGS = Set.of("ImageCatalog", "ClusterImageCatalog");

  private ImageRules() {}

  static void check(Place cluster, ObjectNode asWritten, Findings findings) {
    Place spec = cluster.at("spec");
    Place image = Place.root(asWritten).at("spec", "imageName");
    Place catalog = spec.at("imageCatalogRef");
    if (image.filled() && catalog.present()) {
      findings.forbidden(
          image, "imageName and imageCatalogRef exclude each other", "keep one of them");
    }
    if (catalog.present()) {
      reference(catalog, findings);
      major(catalog.at("major"), catalog.at("major").number(0), findings);
    }
    if (image.filled()) {
      image(cluster, image, findings);
    }
    Place policy = spec.at("imagePullPolicy");
    if (policy.filled() && !Set.of("Always", "Never", "IfNotPresent").contains(policy.text())) {
      findings.notSupported(policy, "no policy for pulling", "write Always, Never or IfNotPresent");
    }
  }

  /// A reference to a catalog, of a Cluster or of a Pooler.
  static void reference(Place catalog, Findings findings) {
    if (!CATALOGS.contains(catalog.at("kind").text())) {
      findings.notSupported(
          catalog.at("kind"), "no kind of catalog", "write ImageCatalog or ClusterImageCatalog");
    }
    if (!catalog.at("apiGroup").text().equals("postgresql.cnpg.io")) {
      findings.invalid(
          catalog.at("apiGroup"), "not the group of catalogs", "write postgresql.cnpg.io");
    }
  }

  private static void image(Place cluster, Place image, Findings findings) {
    Optional<ImageName> name = ImageName.parse(image.text());
    if (name.isEmpty()) {
      findings.invalid(
          image,
          "no name of an image",
          "write it as ghcr.io/cloudnative-pg/postgresql:18, without spaces");
      return;
    }
    var major = ImageResolution.majorOf(cluster.node());
    boolean moving = name.get().tag().equals("latest") && name.get().digest().isEmpty();
    if (major.isPresent()) {
      major(image, major.getAsInt(), findings);
      if (moving) {
        findings.warn(
            image,
            "latest moves, so that instances made later may run another PostgreSQL",
            "name a version");
      }
      return;
    }
    String annotation = ", or say the major in the annotation " + Annotations.POSTGRES_MAJOR;
    if (name.get().tag().equals("latest")) {
      findings.invalid(
          image,
          "latest doesn't tell the PostgreSQL major",
          "name a version, such as postgresql:18" + annotation);
    } else if (name.get().tag().isEmpty()) {
      findings.invalid(
          image,
          name.get().digest().isEmpty()
              ? "without a tag, the PostgreSQL major is unknown"
              : "a digest alone doesn't tell the PostgreSQL major",
          "add a tag that begins with it, such as postgresql:18" + annotation);
    } else {
      findings.invalid(
          image,
          "the tag doesn't begin with a PostgreSQL version",
          "use one such as 18 or 17.6-bookworm" + annotation);
    }
  }

  private static void major(Place place, long major, Findings findings) {
    if (major < OLDEST) {
      findings.invalid(
          place,
          "PostgreSQL %d isn't supported".formatted(major),
          "use %d or newer".formatted(OLDEST_MAINTAINED));
    } else if (major < OLDEST_MAINTAINED) {
      findings.warn(
          place,
          "PostgreSQL %d gets no fixes any more".formatted(major),
          "plan to go to a newer one");
    } else if (major > NEWEST) {
      findings.warn(
          place,
          "PostgreSQL %d is newer than this Howdah knows".formatted(major),
          "use up to %d in production".formatted(NEWEST));
    }
  }
}
