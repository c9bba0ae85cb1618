// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Rules of synchronous replication, in the old way and the new.
final class SynchronousRules {
  private SynchronousRules() {}

  static void check(Place cluster, Findings findings) {
    Place spec = cluster.at("spec");
    Place synchronous = spec.at("postgresql", "synchronous");
    long instances = spec.at("instances").number(1);
    old(spec, instances, synchronous.present(), findings);
    if (synchronous.present()) {
      synchronous(synchronous, instances, findings);
    }
    constraint(spec, synchronous, findings);
  }

  private static void old(Place spec, long instances, boolean both, Findings findings) {
    Place min = spec.at("minSyncReplicas");
    Place max = spec.at("maxSyncReplicas");
    long least = min.number(0);
    long most = max.number(0);
    if (least < 0) {
      findings.invalid(min, "less than none", "write 0 or more");
    } else if (least > most) {
      findings.invalid(min, "more than maxSyncReplicas, " + most, "make it that or less");
    }
    if (most < 0) {
      findings.invalid(max, "less than none", "write 0 or more");
    } else if (most > 0 && most >= instances) {
      findings.invalid(
          max,
          "not less than the %d instances, of which one is the primary".formatted(instances),
          "write %d or less, or add instances".formatted(instances - 1));
    }
    if (both && (least > 0 || most > 0)) {
      findings.forbidden(
          spec.at("postgresql", "synchronous"),
          "minSyncReplicas and maxSyncReplicas say the same in the old way",
          "remove these two");
    }
  }

  private static void synchronous(Place synchronous, long instances, Findings findings) {
    Place number = synchronous.at("number");
    List<Place> outside = synchronous.at("standbyNamesPre").items();
    List<Place> after = synchronous.at("standbyNamesPost").items();
    long elsewhere = outside.size() + after.size();
    long wanted = number.number(0);
    if (wanted < 1) {
      findings.invalid(number, "less than one", "write 1, or remove spec.postgresql.synchronous");
    } else if (wanted >= instances + elsewhere) {
      findings.invalid(
          number,
          "not less than the %d instances and outside standbys, so that writes would wait for ever"
              .formatted(instances + elsewhere),
          instances + elsewhere > 1
              ? "write %d or less, or add instances".formatted(instances + elsewhere - 1)
              : "add instances, or remove spec.postgresql.synchronous");
    }
    if (synchronous.at("failoverQuorum").isTrue() && wanted <= elsewhere) {
      findings.invalid(
          number,
          "with failoverQuorum, some instance must have each confirmed commit, but the %d outside"
                  .formatted(elsewhere)
              + " standbys alone could confirm it",
          "write %d or more".formatted(elsewhere + 1));
    }
    if (synchronous.at("dataDurability").text().equals("preferred") && elsewhere > 0) {
      findings.forbidden(
          synchronous.at(outside.isEmpty() ? "standbyNamesPost" : "standbyNamesPre"),
          "with dataDurability preferred, only instances of the cluster count",
          "remove the names, or write required");
    }
    if (!synchronous.at("podFailureDomainKeys").items().isEmpty()
        && !synchronous.at("nodeFailureDomainKeys").items().isEmpty()) {
      findings.forbidden(
          synchronous.at("podFailureDomainKeys"),
          "podFailureDomainKeys and nodeFailureDomainKeys exclude each other",
          "keep one of them");
    }
    names(outside, after, findings);
  }

  private static void names(List<Place> before, List<Place> after, Findings findings) {
    Set<String> seen = new HashSet<>();
    for (List<Place> list : List.of(before, after)) {
      for (Place name : list) {
        String text = name.text();
        boolean bad =
            text.isEmpty()
                || text.equals("*")
                || text.chars().anyMatch(c -> c == '"' || c == ',' || Character.isISOControl(c));
        if (bad) {
          findings.invalid(
              name, "no application_name of a standby", "write it without quotes, commas and '*'");
        } else if (!seen.add(text)) {
          findings.duplicate(name, "named before", "remove it");
        }
      }
    }
  }

  private static void constraint(Place spec, Place synchronous, Findings findings) {
    Place constraint = spec.at("postgresql", "syncReplicaElectionConstraint");
    if (!constraint.at("enabled").isTrue()) {
      return;
    }
    if (constraint.at("nodeLabelsAntiAffinity").items().isEmpty()) {
      findings.required(
          constraint.at("nodeLabelsAntiAffinity"),
          "empty",
          "name the labels of nodes to compare, or write enabled: false");
    }
    for (String keys : List.of("podFailureDomainKeys", "nodeFailureDomainKeys")) {
      if (!synchronous.at(keys).items().isEmpty()) {
        findings.forbidden(
            constraint, "synchronous." + keys + " says the same in the new way", "remove this");
      }
    }
  }
}
