// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Rules of a Database.
final class DatabaseRules {
  private static final List<String> FIXED =
      List.of(
          "name",
          "template",
          "encoding",
          "locale",
          "localeProvider",
          "localeCollate",
          "localeCType",
          "icuLocale",
          "icuRules",
          "builtinLocale",
          "collationVersion");

  private DatabaseRules() {}

  static void check(Place database, @Nullable Place before, Findings findings) {
    Place spec = database.at("spec");
    BackupRules.clusterNamed(spec, findings);
    BackupRules.sameCluster(spec, before, findings);
    if (before != null) {
      for (String field : FIXED) {
        BackupRules.unchanged(spec.at(field), before.at("spec", field), findings);
      }
    }
    Place name = spec.at("name");
    if (Set.of("postgres", "template0", "template1").contains(name.text())) {
      findings.invalid(name, "belongs to PostgreSQL", "choose another name");
    }
    BootstrapRules.identifier(name, findings);
    BootstrapRules.identifier(spec.at("owner"), findings);
    BootstrapRules.locales(spec, OptionalInt.empty(), findings);
    contents(spec, findings);
  }

  private static void contents(Place spec, Findings findings) {
    Set<String> wrappers = new HashSet<>(namesOf(spec.at("fdws")));
    for (String list : List.of("schemas", "extensions", "fdws", "servers")) {
      unique(spec.at(list), findings);
      for (Place item : spec.at(list).items()) {
        BootstrapRules.identifier(item.at("name"), findings);
        unique(item.at("options"), findings);
        unique(item.at("usage"), findings);
      }
    }
    for (Place server : spec.at("servers").items()) {
      boolean leaving = server.at("ensure").text().equals("absent");
      Place wrapper = server.at("fdw");
      if (!leaving && !wrappers.contains(wrapper.text())) {
        findings.invalid(
            wrapper,
            "not among spec.fdws",
            wrappers.isEmpty() ? "add it there" : "add it there, or use one of " + wrappers);
      }
    }
  }

  private static List<String> namesOf(Place list) {
    return list.items().stream().map(item -> item.at("name").text()).toList();
  }

  private static void unique(Place list, Findings findings) {
    Set<String> names = new HashSet<>();
    for (Place item : list.items()) {
      if (!names.add(item.at("name").text())) {
        findings.duplicate(item.at("name"), "described before", "remove one of the two");
      }
    }
  }
}
