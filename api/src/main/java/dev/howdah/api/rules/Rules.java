// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.Annotations;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Judges a resource: all that is wrong with it at once, and what is unwise.
///
/// The schema is taken as checked (an API server does that, or `SchemaCheck`); trees of another
/// shape are read without failing.
public final class Rules {
  private Rules() {}

  /// Judges a resource as it shall be stored.
  ///
  /// @param now the resource, with or without its defaults
  /// @param before what it replaces; null where it is new
  public static List<Finding> check(ObjectNode now, @Nullable ObjectNode before) {
    return check(now, before, DefaultSettings.STANDARD);
  }

  public static List<Finding> check(
      ObjectNode now, @Nullable ObjectNode before, DefaultSettings settings) {
    Optional<Kind> kind = Defaults.kindOf(now);
    Findings findings = new Findings();
    if (kind.isEmpty() || skipped(kind.get(), now, findings)) {
      return findings.list();
    }
    Place resource = Place.root(Defaults.apply(now, settings));
    Place old = before == null ? null : Place.root(Defaults.apply(before, settings));
    switch (kind.get()) {
      case CLUSTER -> ClusterRules.check(resource, now, old, findings);
      case BACKUP -> BackupRules.check(resource, old, findings);
      case SCHEDULED_BACKUP -> BackupRules.checkSchedule(resource, old, findings);
      case POOLER -> PoolerRules.check(resource, old, findings);
      case DATABASE -> DatabaseRules.check(resource, old, findings);
      case DATABASE_ROLE -> DatabaseRoleRules.check(resource, old, findings);
      case PUBLICATION -> ReplicationRules.checkPublication(resource, old, findings);
      case SUBSCRIPTION -> ReplicationRules.checkSubscription(resource, old, findings);
      case IMAGE_CATALOG, CLUSTER_IMAGE_CATALOG -> CatalogRules.check(resource, findings);
      case OBJECT_STORE ->
          ObjectStoreRules.check(resource.at("spec", "configuration"), false, findings);
      case RESTORE -> RestoreRules.check(resource, old, findings);
      case DATABASE_RESTORE -> RestoreRules.checkDatabase(resource, old, findings);
      case RESTORE_DRILL -> RestoreRules.checkDrill(resource, findings);
      case FAILOVER_QUORUM -> {}
    }
    return findings.list();
  }

  /// Whether the resource asks not to be judged.
  private static boolean skipped(Kind kind, ObjectNode now, Findings findings) {
    Place annotation = Place.root(now).at("metadata", "annotations").entry(Annotations.VALIDATION);
    boolean judged =
        switch (kind) {
          case CLUSTER, BACKUP, SCHEDULED_BACKUP, POOLER, DATABASE -> true;
          default -> false;
        };
    switch (annotation.text()) {
      case "", Annotations.ENABLED -> {}
      case Annotations.DISABLED -> {
        if (judged) {
          findings.warn(
              annotation, "validation is switched off", "remove the annotation to switch it on");
          return true;
        }
      }
      default ->
          findings.warn(
              annotation,
              "neither enabled nor disabled, so validation goes on",
              "write disabled to switch it off");
    }
    return false;
  }
}
