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
  OBJECT_STORE("ObjectStore", ObjectStoreSpec.class, ObjectStoreStatus.class);

  /// The only version of both groups.
  public static final String VERSION = "v1";

  private static final String GROUP = "postgresql.cnpg.io";

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
    return this == OBJECT_STORE ? "barmancloud.cnpg.io" : GROUP;
  }

  public String apiVersion() {
    return group() + "/" + VERSION;
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
