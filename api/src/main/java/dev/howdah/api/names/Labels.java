// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

/// Labels of the objects that belong to a cluster.
public final class Labels {
  /// Name of the cluster; on everything made for it.
  public static final String CLUSTER = "cnpg.io/cluster";

  /// Name of the instance; on pods, volumes and jobs.
  public static final String INSTANCE_NAME = "cnpg.io/instanceName";

  /// What a pod is for: `instance` or `pooler`.
  public static final String POD_ROLE = "cnpg.io/podRole";

  /// Role of an instance: `primary`, `replica` or `unhealthy`.
  public static final String INSTANCE_ROLE = "cnpg.io/instanceRole";

  /// The same as [#INSTANCE_ROLE], where manuals speak of it so.
  public static final String ROLE = "cnpg.io/role";

  /// What a volume holds: `PG_DATA`, `PG_WAL` or `PG_TABLESPACE`.
  public static final String PVC_ROLE = "cnpg.io/pvcRole";

  /// Tablespace that a volume holds.
  public static final String TABLESPACE_NAME = "cnpg.io/tablespaceName";

  /// What a job does: `initdb`, `import`, `join` and so on.
  public static final String JOB_ROLE = "cnpg.io/jobRole";

  /// Backup that a snapshot belongs to.
  public static final String BACKUP_NAME = "cnpg.io/backupName";

  /// PostgreSQL major of a snapshot.
  public static final String MAJOR_VERSION = "cnpg.io/majorVersion";

  /// Timeline of a snapshot.
  public static final String BACKUP_TIMELINE = "cnpg.io/backupTimeline";

  /// Year of a snapshot.
  public static final String BACKUP_YEAR = "cnpg.io/backupYear";

  /// Year and month of a snapshot.
  public static final String BACKUP_MONTH = "cnpg.io/backupMonth";

  /// Day of a snapshot.
  public static final String BACKUP_DATE = "cnpg.io/backupDate";

  /// Whether a snapshot was taken while the server ran.
  public static final String ONLINE_BACKUP = "cnpg.io/onlineBackup";

  /// Whether a scheduled backup was taken at once.
  public static final String IMMEDIATE_BACKUP = "cnpg.io/immediateBackup";

  /// ScheduledBackup that made a backup.
  public static final String SCHEDULED_BACKUP = "cnpg.io/scheduled-backup";

  /// Name of the pooler; on everything made for it.
  public static final String POOLER_NAME = "cnpg.io/poolerName";

  /// A change of this Secret or ConfigMap concerns the clusters that refer to it.
  public static final String RELOAD = "cnpg.io/reload";

  /// Whose credentials a Secret holds: `superuser` or `app`.
  public static final String USER_TYPE = "cnpg.io/userType";

  /// Marks the further Services of a cluster.
  public static final String IS_MANAGED = "cnpg.io/isManaged";

  /// Plugin that a Service leads to.
  public static final String PLUGIN_NAME = "cnpg.io/pluginName";

  /// UID of the object that a Backup was made for, such as a Restore; Howdah's own.
  public static final String MADE_FOR = "howdah.dev/made-for";

  /// The same as [#INSTANCE_ROLE], as it was once called.
  public static final String LEGACY_ROLE = "role";

  // what Kubernetes recommends
  public static final String APP_MANAGED_BY = "app.kubernetes.io/managed-by";
  public static final String APP_NAME = "app.kubernetes.io/name";
  public static final String APP_INSTANCE = "app.kubernetes.io/instance";
  public static final String APP_VERSION = "app.kubernetes.io/version";
  public static final String APP_COMPONENT = "app.kubernetes.io/component";

  // their values
  public static final String MANAGED_BY = "cloudnative-pg";
  public static final String NAME_POSTGRESQL = "postgresql";
  public static final String COMPONENT_DATABASE = "database";
  public static final String COMPONENT_POOLER = "pooler";
  public static final String POD_ROLE_INSTANCE = "instance";
  public static final String POD_ROLE_POOLER = "pooler";
  public static final String PRIMARY = "primary";
  public static final String REPLICA = "replica";
  public static final String UNHEALTHY = "unhealthy";
  public static final String PG_DATA = "PG_DATA";
  public static final String PG_WAL = "PG_WAL";
  public static final String PG_TABLESPACE = "PG_TABLESPACE";
  public static final String USER_SUPERUSER = "superuser";
  public static final String USER_APP = "app";

  private Labels() {}
}
