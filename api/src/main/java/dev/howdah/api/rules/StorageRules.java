// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.ObjectNames;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Rules of volumes and tablespaces.
final class StorageRules {
  private static final Pattern TABLESPACE = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_$]*");
  private static final int LONGEST_NAME = 63;

  private StorageRules() {}

  static void check(Place spec, Findings findings) {
    volume(spec.at("storage"), findings);
    if (spec.at("walStorage").present()) {
      volume(spec.at("walStorage"), findings);
    }
    tablespaces(spec.at("tablespaces"), findings);
    if (spec.at("ephemeralVolumeSource").present()
        && spec.at("ephemeralVolumesSizeLimit", "temporaryData").present()) {
      findings.forbidden(
          spec.at("ephemeralVolumesSizeLimit", "temporaryData"),
          "spec.ephemeralVolumeSource has a size of its own",
          "remove one of the two");
    }
  }

  /// The size that a volume asks for, directly or by its template.
  static Optional<BigDecimal> size(Place volume) {
    Place size = volume.at("size");
    return size.filled()
        ? Quantities.parse(size.text())
        : Quantities.parse(
            volume.at("pvcTemplate", "resources", "requests").entry("storage").node());
  }

  private static void volume(Place volume, Findings findings) {
    Place size = volume.at("size");
    Place template = volume.at("pvcTemplate");
    Place requested = template.at("resources", "requests").entry("storage");
    Place given = size.filled() ? size : requested;
    if (!given.present()) {
      findings.required(
          size, "missing", "write it as 10Gi, or as resources.requests.storage of pvcTemplate");
      return;
    }
    Optional<BigDecimal> bytes = Quantities.parse(given.node());
    if (bytes.isEmpty()) {
      findings.invalid(
          given, "not a quantity", "write it as 10Gi or 500Mi (Gb and MB are no units here)");
    } else if (bytes.get().signum() <= 0) {
      findings.invalid(given, "must be more than nothing", "write it as 10Gi");
    }
    if (size.filled() && requested.present()) {
      findings.warn(size, "pvcTemplate has a size as well, which loses", "keep one of the two");
    }
    if (volume.at("storageClass").filled() && template.at("storageClassName").present()) {
      findings.warn(
          volume.at("storageClass"),
          "pvcTemplate has a class as well, which loses",
          "keep one of the two");
    }
  }

  private static void tablespaces(Place tablespaces, Findings findings) {
    Map<String, String> folded = new HashMap<>();
    Map<String, String> volumes = new HashMap<>();
    for (Place tablespace : tablespaces.items()) {
      Place place = tablespace.at("name");
      String name = place.text();
      volume(tablespace.at("storage"), findings);
      if (name.length() > LONGEST_NAME || !TABLESPACE.matcher(name).matches()) {
        findings.invalid(
            place,
            "no name for a tablespace",
            "write up to 63 letters, digits, '_' and '$', not beginning with a digit or '$'");
        continue;
      }
      if (name.startsWith("pg_")) {
        findings.invalid(place, "pg_ is reserved for PostgreSQL", "choose another beginning");
      }
      String other = folded.putIfAbsent(name.toLowerCase(Locale.ROOT), name);
      String clash = volumes.putIfAbsent(ObjectNames.tablespaceVolumeSuffix(name), name);
      if (other != null) {
        findings.duplicate(
            place, "\"" + other + "\" has the same name in other letters", "choose another name");
      } else if (clash != null) {
        findings.invalid(
            place, "its volume would be named as that of \"" + clash + "\"", "choose another name");
      }
    }
  }
}
