// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import org.jspecify.annotations.Nullable;

/// Rules of a DatabaseRole.
final class DatabaseRoleRules {
  private DatabaseRoleRules() {}

  static void check(Place role, @Nullable Place before, Findings findings) {
    Place spec = role.at("spec");
    BackupRules.clusterNamed(spec, findings);
    BackupRules.sameCluster(spec, before, findings);
    ManagedRules.role(spec, findings);
    if (before != null) {
      BackupRules.unchanged(spec.at("name"), before.at("spec", "name"), findings);
    }
    if (spec.at("ensure").text().equals("absent")) {
      findings.invalid(
          spec.at("ensure"),
          "a DatabaseRole describes a role that exists",
          "delete this object, with databaseRoleReclaimPolicy: delete, to drop the role");
    }
    if (spec.at("clientCertificate", "enabled").isTrue() && !spec.at("login").isTrue()) {
      findings.invalid(
          spec.at("clientCertificate"), "of no use to a role that can't log in", "add login: true");
    }
  }
}
