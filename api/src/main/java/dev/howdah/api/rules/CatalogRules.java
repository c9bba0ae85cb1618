// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.catalog.ImageName;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Rules of image catalogs.
final class CatalogRules {
  private CatalogRules() {}

  static void check(Place catalog, Findings findings) {
    Set<Long> majors = new HashSet<>();
    for (Place entry : catalog.at("spec", "images").items()) {
      Place major = entry.at("major");
      if (!majors.add(major.number(0))) {
        findings.duplicate(major, "a major may stand here once", "remove one of the two");
      }
      image(entry.at("image"), findings);
      Optional<ImageName> name = ImageName.parse(entry.at("image").text());
      if (name.isPresent()
          && name.get().major().isPresent()
          && name.get().major().getAsInt() != major.number(0)) {
        findings.warn(
            entry.at("image"),
            "the tag begins with another version than major " + major.text(),
            "check that they belong together");
      }
      ExtensionRules.list(entry.at("extensions"), false, findings);
    }
    Set<String> keys = new HashSet<>();
    for (Place entry : catalog.at("spec", "componentImages").items()) {
      if (!keys.add(entry.at("key").text())) {
        findings.duplicate(entry.at("key"), "a key may stand here once", "remove one of the two");
      }
      image(entry.at("image"), findings);
    }
  }

  private static void image(Place image, Findings findings) {
    if (ImageName.parse(image.text()).isEmpty()) {
      findings.invalid(
          image,
          "no name of an image",
          "write it as ghcr.io/cloudnative-pg/postgresql:18, without spaces");
    }
  }
}
