// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.catalog.ImageResolution;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.ObjectNames;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Rules of extensions that come as images.
final class ExtensionRules {
  private static final List<String> FOLDERS =
      List.of("extension_control_path", "dynamic_library_path", "ld_library_path", "bin_path");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}?");
  private static final int FIRST_MAJOR = 18;

  private ExtensionRules() {}

  static void check(Place cluster, Findings findings) {
    Place extensions = cluster.at("spec", "postgresql", "extensions");
    boolean catalog = cluster.at("spec", "imageCatalogRef").present();
    list(extensions, !catalog, findings);
    int major = ImageResolution.majorOf(cluster.node()).orElse(FIRST_MAJOR);
    if (!extensions.items().isEmpty() && major < FIRST_MAJOR) {
      findings.warn(
          extensions,
          "PostgreSQL %d doesn't look for extensions outside of its own folders".formatted(major),
          "use 18 or newer");
    }
  }

  /// The extensions of a Cluster or of a catalog's entry.
  static void list(Place extensions, boolean needImage, Findings findings) {
    Map<String, String> volumes = new HashMap<>();
    for (Place extension : extensions.items()) {
      Place name = extension.at("name");
      if (!name.filled()) {
        findings.required(name, "empty", "write the extension's name");
      }
      String clash = volumes.putIfAbsent(ObjectNames.extensionVolume(name.text()), name.text());
      if (clash != null && clash.equals(name.text())) {
        findings.duplicate(name, "named before", "remove one of the two");
      } else if (clash != null) {
        findings.invalid(
            name, "its volume would be named as that of \"" + clash + "\"", "choose another name");
      }
      Place reference = extension.at("image", "reference");
      if (needImage && !reference.filled()) {
        findings.required(
            reference, "missing", "write the image, or take it from spec.imageCatalogRef");
      }
      for (String folder : FOLDERS) {
        folders(extension.at(folder), findings);
      }
      environment(extension.at("env"), findings);
    }
  }

  private static void folders(Place folders, Findings findings) {
    Set<String> seen = new HashSet<>();
    for (Place folder : folders.items()) {
      String text = folder.text();
      boolean escapes = text.startsWith("/") || List.of(text.split("/")).contains("..");
      if (text.isEmpty() || escapes) {
        findings.invalid(
            folder,
            "not a folder within the image",
            "write it without a leading '/' and without '..', as usr/share");
      } else if (!seen.add(text)) {
        findings.duplicate(folder, "named before", "remove it");
      }
    }
  }

  private static void environment(Place env, Findings findings) {
    Set<String> seen = new HashSet<>();
    for (Place variable : env.items()) {
      Place name = variable.at("name");
      if (name.text().equals("PATH")) {
        findings.invalid(name, "made of bin_path", "use that");
      } else if (name.text().equals("LD_LIBRARY_PATH")) {
        findings.invalid(name, "made of ld_library_path", "use that");
      } else if (PodRules.isReserved(name.text())) {
        findings.invalid(name, "reserved for Howdah and PostgreSQL", "choose another name");
      }
      if (!seen.add(name.text())) {
        findings.duplicate(name, "set before", "remove one of the two");
      }
      Matcher placeholder = PLACEHOLDER.matcher(variable.at("value").text());
      while (placeholder.find()) {
        if (!placeholder.group().equals("${image_root}")) {
          findings.invalid(
              variable.at("value"),
              placeholder.group() + " stands for nothing",
              "write ${image_root} for where the image is mounted");
        }
      }
    }
  }
}
