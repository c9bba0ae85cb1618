// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.ObjectNames;
import java.util.HashSet;
import java.util.Set;

/// Rules of roles and Services that a Cluster keeps.
final class ManagedRules {
  private ManagedRules() {}

  static void check(Place cluster, Findings findings) {
    Place managed = cluster.at("spec", "managed");
    Set<String> names = new HashSet<>();
    for (Place role : managed.at("roles").items()) {
      role(role, findings);
      if (!names.add(role.at("name").text())) {
        findings.duplicate(role.at("name"), "described before", "remove one of the two");
      }
    }
    services(cluster, managed.at("services"), findings);
  }

  /// What holds for roles of a Cluster and for a DatabaseRole.
  static void role(Place role, Findings findings) {
    Place name = role.at("name");
    String text = name.text();
    if (text.isEmpty()) {
      findings.required(name, "empty", "write the role's name");
    }
    BootstrapRules.identifier(name, findings);
    if (text.equals(ObjectNames.SUPERUSER)
        || text.equals(ObjectNames.STREAMING_REPLICA)
        || text.startsWith("pg_")
        || text.startsWith("cnpg_")) {
      findings.invalid(name, "reserved for PostgreSQL and Howdah", "choose another name");
    }
    if (role.at("passwordSecret").present() && role.at("disablePassword").isTrue()) {
      findings.forbidden(
          role.at("disablePassword"),
          "passwordSecret and disablePassword exclude each other",
          "keep one of them");
    }
    if (role.at("connectionLimit").number(-1) < -1) {
      findings.invalid(role.at("connectionLimit"), "less than -1", "write -1 for no limit");
    }
    if (role.at("superuser").isTrue()) {
      findings.warn(
          role.at("superuser"), "a superuser may do anything", "grant what is needed instead");
    }
  }

  private static void services(Place cluster, Place services, Findings findings) {
    for (Place service : services.at("disabledDefaultServices").items()) {
      if (service.text().equals("rw")) {
        findings.invalid(
            service, "standbys and clients connect through it", "disable ro and r only");
      }
    }
    String owner = cluster.at("metadata", "name").text();
    Set<String> reserved =
        Set.of(
            ObjectNames.readWriteService(owner),
            ObjectNames.readOnlyService(owner),
            ObjectNames.readService(owner),
            ObjectNames.anyService(owner));
    Set<String> names = new HashSet<>();
    for (Place service : services.at("additional").items()) {
      Place name = service.at("serviceTemplate", "metadata", "name");
      if (!name.filled()) {
        findings.required(name, "missing", "write the Service's name");
      } else if (reserved.contains(name.text())) {
        findings.invalid(name, "one of the cluster's own Services", "choose another name");
      } else if (!names.add(name.text())) {
        findings.duplicate(name, "described before", "give each a name of its own");
      }
      Place selector = service.at("serviceTemplate", "spec", "selector");
      if (selector.present()) {
        findings.forbidden(selector, "selectorType says which instances", "remove the selector");
      }
    }
  }
}
