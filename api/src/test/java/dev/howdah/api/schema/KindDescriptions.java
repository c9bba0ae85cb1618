// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import dev.howdah.api.Kind;
import java.util.List;

/// What each kind is, and the rules that concern its metadata.
final class KindDescriptions {
  private KindDescriptions() {}

  static String of(Kind kind) {
    return switch (kind) {
      case CLUSTER ->
          "A PostgreSQL cluster: a primary, its standbys, and all that belongs to them.";
      case BACKUP -> "One base backup of a cluster.";
      case SCHEDULED_BACKUP -> "Backups of a cluster at certain times.";
      case POOLER -> "PgBouncer in front of a cluster.";
      case DATABASE -> "A database of a cluster, and what is in it.";
      case DATABASE_ROLE -> "A role of a cluster.";
      case PUBLICATION -> "What a database publishes to subscribers.";
      case SUBSCRIPTION -> "What a database receives from a publication.";
      case IMAGE_CATALOG -> "Images for PostgreSQL majors, for the clusters of a namespace.";
      case CLUSTER_IMAGE_CATALOG ->
          "Images for PostgreSQL majors, for the clusters of all namespaces.";
      case FAILOVER_QUORUM -> "What a failover must know about synchronous replication.";
      case OBJECT_STORE -> "A place for base backups and WAL, which plugins refer to.";
      case RESTORE -> "Takes a cluster back to an earlier moment, in place.";
      case DATABASE_RESTORE ->
          "Brings one database, or some of its tables, back from an earlier moment.";
      case RESTORE_DRILL -> "Proves on a schedule that the backups of a cluster can be restored.";
    };
  }

  static List<Cel> rules(Kind kind) {
    Class<?> place =
        switch (kind) {
          case CLUSTER -> ClusterRules.class;
          case POOLER -> PoolerRules.class;
          default -> Object.class;
        };
    return List.of(place.getAnnotationsByType(Cel.class));
  }

  @Cel(
      value = "size(self.metadata.name) <= 50",
      message =
          "metadata.name: at most 50 characters, as names of pods, volumes and Services are made"
              + " from it")
  @Cel(
      value = "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
      message =
          "metadata.name: lower-case letters, digits and '-', beginning with a letter, as Services"
              + " are named after it")
  private interface ClusterRules {}

  @Cel(
      value = "self.metadata.name != self.spec.cluster.name",
      message =
          "metadata.name: differs from spec.cluster.name, as both have Services and accounts of"
              + " their name")
  private interface PoolerRules {}
}
