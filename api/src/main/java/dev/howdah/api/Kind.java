// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api;

import dev.howdah.api.backup.BackupSpec;
import dev.howdah.api.backup.BackupStatus;
import dev.howdah.api.catalog.ImageCatalogSpec;
import dev.howdah.api.cluster.ClusterSpec;
import dev.howdah.api.cluster.ClusterStatus;
import dev.howdah.api.database.DatabaseSpec;
import dev.howdah.api.database.DatabaseStatus;
import dev.howdah.api.databaserole.DatabaseRoleSpec;
import dev.howdah.api.databaserole.DatabaseRoleStatus;
import dev.howdah.api.failoverquorum.FailoverQuorumStatus;
import dev.howdah.api.objectstore.ObjectStoreSpec;
import dev.howdah.api.objectstore.ObjectStoreStatus;
import dev.howdah.api.pooler.PoolerSpec;
import dev.howdah.api.pooler.PoolerStatus;
import dev.howdah.api.publication.PublicationSpec;
import dev.howdah.api.publication.PublicationStatus;
import dev.howdah.api.recovery.DatabaseRestoreSpec;
import dev.howdah.api.recovery.DatabaseRestoreStatus;
import dev.howdah.api.recovery.RestoreDrillSpec;
import dev.howdah.api.recovery.RestoreDrillStatus;
import dev.howdah.api.recovery.RestoreSpec;
import dev.howdah.api.recovery.RestoreStatus;
import dev.howdah.api.scheduledbackup.ScheduledBackupSpec;
import dev.howdah.api.scheduledbackup.ScheduledBackupStatus;
import dev.howdah.api.subscription.SubscriptionSpec;
import dev.howdah.api.subscription.SubscriptionStatus;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The kinds of custom resources that Howdah serves.
public enum Kind {
  CLUSTER("Cluster", ClusterSpec.class, ClusterStatus.class),
  BACKUP("Backup", BackupSpec.class, BackupStatus.class),
  SCHEDULED_BACKUP("ScheduledBackup", ScheduledBackupSpec.class, ScheduledBackupStatus.class),
  POOLER("Pooler", PoolerSpec.class, PoolerStatus.class),
  DATABASE("Database", DatabaseSpec.class, DatabaseStatus.class),
  DATABASE_ROLE("DatabaseRole", DatabaseRoleSpec.class, DatabaseRoleStatus.class),
  PUBLICATION("Publication", PublicationSpec.class, PublicationStatus.class),
  SUBSCRIPTION("Subscription", SubscriptionSpec.class, SubscriptionStatus.class),
  IMAGE_CATALOG("ImageCatalog", ImageCatalogSpec.class, null),
  CLUSTER_IMAGE_CATALOG("ClusterImageCatalog", ImageCatalogSpec.class, null),
  FAILOVER_QUORUM("FailoverQuorum", null, FailoverQuorumStatus.class),
  OBJECT_STORE("ObjectStore", ObjectStoreSpec.class, ObjectStoreStatus.class),
  RESTORE("Restore", RestoreSpec.class, RestoreStatus.class),
  DATABASE_RESTORE("DatabaseRestore", DatabaseRestoreSpec.class, DatabaseRestoreStatus.class),
  RESTORE_DRILL("RestoreDrill", RestoreDrillSpec.class, RestoreDrillStatus.class);

  private static final String GROUP = "postgresql.cnpg.io";
  private static final String OWN_GROUP = "howdah.dev";

  private final String kind;
  private final @Nullable Class<? extends Record> spec;
  private final @Nullable Class<? extends Record> status;

  Kind(
      String kind,
      @Nullable Class<? extends Record> spec,
      @Nullable Class<? extends Record> status) {
    this.kind = kind;
    this.spec = spec;
    this.status = status;
  }

  /// The kind with this `apiVersion` and `kind`, if it is one of ours.
  public static Optional<Kind> of(String apiVersion, String kind) {
    for (Kind known : values()) {
      if (known.kind.equals(kind) && known.apiVersion().equals(apiVersion)) {
        return Optional.of(known);
      }
    }
    return Optional.empty();
  }

  /// The name as manifests write it, such as `ScheduledBackup`.
  public String kind() {
    return kind;
  }

  public String group() {
    return switch (this) {
      case OBJECT_STORE -> "barmancloud.cnpg.io";
      case RESTORE, DATABASE_RESTORE, RESTORE_DRILL -> OWN_GROUP;
      default -> GROUP;
    };
  }

  /// The only version of the kind's group.
  public String version() {
    return group().equals(OWN_GROUP) ? "v1alpha1" : "v1";
  }

  public String apiVersion() {
    return group() + "/" + version();
  }

  public String singular() {
    return kind.toLowerCase(Locale.ROOT);
  }

  public String plural() {
    return singular() + "s";
  }

  public boolean namespaced() {
    return this != CLUSTER_IMAGE_CATALOG;
  }

  /// The record of the specification, which a FailoverQuorum lacks.
  public Optional<Class<? extends Record>> spec() {
    return Optional.ofNullable(spec);
  }

  /// The record of the status, which catalogs lack.
  public Optional<Class<? extends Record>> status() {
    return Optional.ofNullable(status);
  }
}
