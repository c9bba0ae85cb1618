// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Rules of a Publication and of a Subscription.
final class ReplicationRules {
  private static final Pattern PARAMETER = Pattern.compile("[a-z_][a-z0-9_]*");
  private static final Set<String> NOT_OF_A_SUBSCRIPTION = Set.of("connect");

  private ReplicationRules() {}

  static void checkPublication(Place publication, @Nullable Place before, Findings findings) {
    Place spec = publication.at("spec");
    common(spec, before, findings);
    Place target = spec.at("target");
    boolean all = target.at("allTables").present();
    boolean some = target.at("objects").present();
    if (all == some) {
      findings.invalid(
          target,
          all ? "allTables and objects exclude each other" : "says nothing of what to publish",
          all ? "keep one of them" : "add allTables: true, or objects");
    }
    if (before != null) {
      BackupRules.unchanged(
          target.at("allTables"), before.at("spec", "target", "allTables"), findings);
    }
    boolean schemas = false;
    boolean columns = false;
    for (Place object : target.at("objects").items()) {
      schemas |= object.at("tablesInSchema").present();
      columns |= !object.at("table", "columns").items().isEmpty();
      if (object.at("tablesInSchema").present() == object.at("table").present()) {
        findings.invalid(object, "is either a table or a schema", "write table or tablesInSchema");
      }
    }
    if (schemas && columns) {
      findings.forbidden(
          target.at("objects"),
          "columns can't be chosen in a publication that also has whole schemas",
          "make two publications");
    }
  }

  static void checkSubscription(Place subscription, @Nullable Place before, Findings findings) {
    Place spec = subscription.at("spec");
    common(spec, before, findings);
    for (String field : List.of("publicationName", "externalClusterName")) {
      if (!spec.at(field).filled()) {
        findings.required(spec.at(field), "missing", "add it");
      }
    }
    for (String name : spec.at("parameters").keys()) {
      if (NOT_OF_A_SUBSCRIPTION.contains(name)) {
        findings.invalid(
            spec.at("parameters").entry(name),
            "the connection is that of the external cluster, and always made",
            "remove it");
      }
    }
  }

  private static void common(Place spec, @Nullable Place before, Findings findings) {
    BackupRules.clusterNamed(spec, findings);
    BackupRules.sameCluster(spec, before, findings);
    for (String field : List.of("name", "dbname")) {
      BootstrapRules.identifier(spec.at(field), findings);
      if (before != null) {
        BackupRules.unchanged(spec.at(field), before.at("spec", field), findings);
      }
    }
    for (String name : spec.at("parameters").keys()) {
      Place value = spec.at("parameters").entry(name);
      if (!PARAMETER.matcher(name.toLowerCase(Locale.ROOT)).matches()) {
        findings.invalid(value, "no name of a parameter", "write letters, digits and '_'");
      }
      if (value.text().chars().anyMatch(Character::isISOControl)) {
        findings.invalid(value, "holds a line break or another control character", "remove it");
      }
    }
  }
}
