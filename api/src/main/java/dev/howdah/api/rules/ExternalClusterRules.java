// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.ObjectNames;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Rules of servers and object stores outside of a Cluster, and of references to them.
final class ExternalClusterRules {
  private static final Pattern KEYWORD = Pattern.compile("[a-z][a-z0-9_]*");

  private ExternalClusterRules() {}

  static void check(Place cluster, Findings findings) {
    Set<String> names = new HashSet<>();
    for (Place external : cluster.at("spec", "externalClusters").items()) {
      Place name = external.at("name");
      if (!names.add(name.text())) {
        findings.duplicate(
            name, "another external cluster has this name", "give each a name of its own");
      }
      folder(name, findings);
      for (String field : List.of("sslCert", "sslKey", "sslRootCert", "password")) {
        folder(external.at(field, "name"), findings);
        folder(external.at(field, "key"), findings);
      }
      if (!external.at("connectionParameters").present()
          && !external.at("plugin").present()
          && !external.at("barmanObjectStore").present()) {
        findings.required(
            external,
            "doesn't say how to reach it",
            "add connectionParameters, barmanObjectStore or plugin");
      }
      connection(external.at("connectionParameters"), findings);
      if (external.at("barmanObjectStore").present()) {
        ObjectStoreRules.check(external.at("barmanObjectStore"), false, findings);
      }
    }
  }

  private static void connection(Place parameters, Findings findings) {
    for (String key : parameters.keys()) {
      Place value = parameters.entry(key);
      if (!KEYWORD.matcher(key).matches()) {
        findings.invalid(
            value, "no parameter of a connection", "use libpq's keywords, such as host and user");
      }
      if (value.text().chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
        findings.invalid(value, "holds a line break", "remove it");
      }
    }
    Place password = parameters.entry("password");
    if (password.filled()) {
      findings.warn(
          password.concealed(),
          "a password in a manifest can be read by everybody who sees it",
          "put it into a Secret and name that in password");
    }
  }

  /// A text that becomes the name of a folder or file.
  private static void folder(Place place, Findings findings) {
    String text = place.text();
    if (text.equals(".") || text.equals("..") || text.contains("/") || text.contains("\\")) {
      findings.invalid(
          place, "becomes the name of a folder or file", "write it without '/', '\\' and '..'");
    }
  }

  /// A name that must be among the external clusters.
  static void mustExist(Place spec, Place reference, Findings findings) {
    if (find(spec, reference.text()).isEmpty()) {
      List<String> known =
          spec.at("externalClusters").items().stream()
              .map(external -> external.at("name").text())
              .toList();
      findings.invalid(
          reference,
          "not among spec.externalClusters",
          known.isEmpty() ? "add it there" : "add it there, or use one of " + known);
    }
  }

  static Optional<Place> find(Place spec, String name) {
    return spec.at("externalClusters").items().stream()
        .filter(external -> external.at("name").text().equals(name))
        .findFirst();
  }

  /// A source that is the new cluster itself would wait for itself.
  static void mustNotBeSelf(Place cluster, Place reference, Findings findings) {
    String own = ObjectNames.readWriteService(cluster.at("metadata", "name").text());
    String namespace = cluster.at("metadata", "namespace").text();
    Optional<Place> external = find(cluster.at("spec"), reference.text());
    if (external.isEmpty() || own.equals("-rw")) {
      return;
    }
    Place host = external.get().at("connectionParameters").entry("host");
    boolean samePlace =
        host.text().equals(own)
            || host.text().equals(own + "." + namespace)
            || host.text().startsWith(own + "." + namespace + ".svc");
    if (samePlace) {
      findings.invalid(
          host, "that is this cluster itself, which has no data yet", "name another server");
    }
  }
}
