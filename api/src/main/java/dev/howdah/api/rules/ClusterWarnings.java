// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.Conditions;
import dev.howdah.api.names.ObjectNames;
import java.util.List;

/// What is accepted in a Cluster but read leniently, deprecated or unwise.
final class ClusterWarnings {
  private ClusterWarnings() {}

  static void check(Place cluster, ObjectNode asWritten, Findings findings) {
    Place spec = Place.root(asWritten).at("spec");
    affinity(spec.at("affinity"), findings);
    superuser(cluster.at("spec"), spec, findings);
    deprecated(spec, findings);
    durability(cluster, findings);
    security(spec, findings);
  }

  private static void affinity(Place affinity, Findings findings) {
    for (String name : List.of("podAffinity", "podAntiAffinity")) {
      Place alias = affinity.at(name);
      String real = "additionalP" + name.substring(1);
      if (alias.present()) {
        findings.warn(
            alias,
            affinity.at(real).present()
                ? "read together with " + real + ", which has the same meaning"
                : "read as " + real + ", which is this field's name in the API",
            "rename it");
      }
    }
  }

  private static void superuser(Place spec, Place asWritten, Findings findings) {
    if (asWritten.at("superuserSecret").present()
        && !asWritten.at("enableSuperuserAccess").isTrue()) {
      findings.warn(
          asWritten.at("superuserSecret"),
          "without enableSuperuserAccess: true, postgres can't log in over the network, and the"
              + " Secret is not used",
          "add it, or remove the Secret's name");
    }
    for (String method : List.of("initdb", "recovery", "pg_basebackup")) {
      Place owner = spec.at("bootstrap", method, "owner");
      if (owner.text().equals(ObjectNames.SUPERUSER)) {
        findings.warn(
            owner,
            "the application then logs in as the superuser, with one password for both",
            "choose a role of its own, such as app");
      }
    }
  }

  private static void deprecated(Place spec, Findings findings) {
    Place window = spec.at("nodeMaintenanceWindow");
    if (window.present()) {
      findings.warn(
          window,
          "deprecated",
          "drain nodes without it: PodDisruptionBudgets keep the primary safe");
    }
    Place monitoring = spec.at("monitoring");
    if (monitoring.at("enablePodMonitor").isTrue()) {
      findings.warn(
          monitoring.at("enablePodMonitor"), "deprecated", "make a PodMonitor of your own");
    }
    for (String name : List.of("podMonitorMetricRelabelings", "podMonitorRelabelings")) {
      if (!monitoring.at(name).items().isEmpty()) {
        findings.warn(monitoring.at(name), "deprecated", "make a PodMonitor of your own");
      }
    }
  }

  private static void durability(Place cluster, Findings findings) {
    Place spec = cluster.at("spec");
    Place synchronous = spec.at("postgresql", "synchronous");
    boolean none = !synchronous.present() && spec.at("maxSyncReplicas").number(0) == 0;
    if (none && spec.at("instances").number(1) >= 2 && !Replica.isReplica(cluster.node())) {
      findings.warn(
          synchronous,
          "without synchronous replication, a failover can lose the last commits",
          "add method: any and number: 1 where that matters");
    }
    boolean domains =
        !synchronous.at("podFailureDomainKeys").items().isEmpty()
            || !synchronous.at("nodeFailureDomainKeys").items().isEmpty();
    for (JsonNode condition : cluster.at("status", "conditions").node()) {
      if (domains
          && condition
              .path("type")
              .asText("")
              .equals(Conditions.SYNC_REPLICATION_TOPOLOGY_SATISFIED)
          && condition.path("status").asText("").equals("False")) {
        findings.warn(
            synchronous,
            "the failure domains can't be kept apart now: " + condition.path("message").asText(""),
            "label the nodes or pods, or spread the instances");
      }
    }
  }

  private static void security(Place spec, Findings findings) {
    for (String context : List.of("podSecurityContext", "securityContext")) {
      Place user = spec.at(context, "runAsUser");
      if (user.present() && user.number(1) == 0) {
        findings.warn(
            user, "PostgreSQL refuses to run as root", "write another user, or remove the field");
      }
    }
  }
}
