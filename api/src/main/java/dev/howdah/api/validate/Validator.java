// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.rules.DefaultSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Validates the manifests of some files, each by itself and all together.
public final class Validator {
  private final DefaultSettings settings;
  private final Function<ObjectNode, List<Finding>> more;
  private final List<Manifest> ours = new ArrayList<>();
  private final List<Report.Unreadable> unreadable = new ArrayList<>();
  private int foreign;

  /// @param more further findings about a resource, from parts that know more than the API does
  public Validator(DefaultSettings settings, Function<ObjectNode, List<Finding>> more) {
    this.settings = settings;
    this.more = more;
  }

  public Validator() {
    this(DefaultSettings.STANDARD, resource -> List.of());
  }

  /// Adds the manifests of a file.
  public void add(String source, byte[] content) {
    try {
      for (Manifest manifest : ManifestReader.read(source, content)) {
        String kind = manifest.tree().path("kind").asText("");
        String version = manifest.tree().path("apiVersion").asText("");
        if (kind.isEmpty() || version.isEmpty()) {
          unreadable.add(
              new Report.Unreadable(
                  source, manifest.line(), "an object without apiVersion and kind"));
        } else if (Kind.of(version, kind).isPresent()) {
          ours.add(manifest);
        } else if (isOurGroup(version)) {
          unreadable.add(
              new Report.Unreadable(
                  source, manifest.line(), "there is no kind " + kind + " in " + version));
        } else {
          foreign++;
        }
      }
    } catch (UnreadableManifest e) {
      String reason = e.getMessage() == null ? "unreadable" : e.getMessage();
      unreadable.add(new Report.Unreadable(source, e.line(), reason));
    }
  }

  /// Notes a file that couldn't be read.
  public void unreadable(String source, String reason) {
    unreadable.add(new Report.Unreadable(source, 0, reason));
  }

  private static boolean isOurGroup(String apiVersion) {
    for (Kind kind : Kind.values()) {
      if (apiVersion.startsWith(kind.group() + "/")) {
        return true;
      }
    }
    return false;
  }

  public Report report() {
    Map<Manifest, List<Finding>> findings = new LinkedHashMap<>();
    for (Manifest manifest : ours) {
      List<Finding> list = new ArrayList<>(Validation.of(manifest.tree(), null, settings));
      list.addAll(more.apply(manifest.tree()));
      findings.put(manifest, list);
    }
    together(findings);
    return new Report(
        findings.entrySet().stream()
            .map(entry -> new Report.Judged(entry.getKey(), entry.getValue()))
            .toList(),
        unreadable,
        foreign);
  }

  /// What only shows when all manifests are seen together.
  private void together(Map<Manifest, List<Finding>> findings) {
    Map<String, Manifest> titles = new HashMap<>();
    Map<String, Manifest> claims = new HashMap<>();
    findings.forEach((manifest, list) -> {
      Findings found = new Findings();
      Place root = Place.root(manifest.tree());
      Manifest twin = titles.putIfAbsent(manifest.title(), manifest);
      if (twin != null) {
        found.duplicate(
            root.at("metadata", "name"),
            "described before, in %s line %d".formatted(twin.source(), twin.line()),
            "remove one of the two");
      }
      claim(manifest)
          .ifPresent(claimed -> {
            Manifest other = claims.putIfAbsent(claimed, manifest);
            if (other != null && twin == null) {
              found.duplicate(
                  root.at("spec", "name"),
                  "%s manages this already".formatted(other.title()),
                  "remove one of the two");
            }
          });
      list.addAll(found.list());
    });
    poolers(findings);
  }

  /// What a resource manages within a cluster, and nothing else may.
  private static Optional<String> claim(Manifest manifest) {
    String kind = manifest.tree().path("kind").asText("");
    return switch (kind) {
      case "Database", "DatabaseRole", "Publication", "Subscription" ->
          Optional.of(
              String.join(
                  "\n",
                  kind,
                  manifest.text("metadata", "namespace"),
                  manifest.tree().path("spec").path("cluster").path("name").asText(""),
                  manifest.text("spec", "dbname"),
                  manifest.text("spec", "name")));
      default -> Optional.empty();
    };
  }

  private void poolers(Map<Manifest, List<Finding>> findings) {
    findings.forEach((manifest, list) -> {
      if (manifest.tree().path("kind").asText("").equals("Pooler")) {
        for (Manifest other : ours) {
          boolean sameName =
              other.tree().path("kind").asText("").equals("Cluster")
                  && other.text("metadata", "name").equals(manifest.text("metadata", "name"))
                  && other
                      .text("metadata", "namespace")
                      .equals(manifest.text("metadata", "namespace"));
          boolean said = list.stream().anyMatch(finding -> finding.path().equals("metadata.name"));
          if (sameName && !said) {
            Findings found = new Findings();
            found.invalid(
                Place.root(manifest.tree()).at("metadata", "name"),
                "a Cluster has this name, and Services and accounts of it",
                "choose another");
            list.addAll(found.list());
          }
        }
      }
    });
  }
}
