// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

/// Annotations that users, the operator and instances write.
public final class Annotations {
  // of users
  /// `disabled` stops the operator for this object.
  public static final String RECONCILIATION_LOOP = "cnpg.io/reconciliationLoop";

  /// `disabled` keeps changes of the pods' specification from rolling them out.
  public static final String RECONCILE_POD_SPEC = "cnpg.io/reconcilePodSpec";

  /// `on` takes the pods away and keeps the volumes.
  public static final String HIBERNATION = "cnpg.io/hibernation";

  /// Instances whose server must not run: a JSON list of names, or of `*`.
  public static final String FENCED_INSTANCES = "cnpg.io/fencedInstances";

  /// A change reloads the configuration.
  public static final String RELOADED_AT = "cnpg.io/reloadedAt";

  /// `disabled` skips validation.
  public static final String VALIDATION = "cnpg.io/validation";

  /// `enabled` switches archiving off.
  public static final String SKIP_WAL_ARCHIVING = "cnpg.io/skipWalArchiving";

  /// `enabled` archives into a folder that isn't empty.
  public static final String SKIP_EMPTY_WAL_ARCHIVE_CHECK = "cnpg.io/skipEmptyWalArchiveCheck";

  /// `true` keeps backups without names.
  public static final String FORCE_LEGACY_BACKUP = "cnpg.io/forceLegacyBackup";

  /// Bits of /proc/PID/coredump_filter.
  public static final String COREDUMP_FILTER = "cnpg.io/coredumpFilter";

  /// `SECRET/KEY`: what goes to the archive is encrypted with that key of that Secret first.
  public static final String BACKUP_ENCRYPTION = "howdah.dev/backup-encryption";

  /// Bytes a second that a base backup may send, as `20M`.
  public static final String BACKUP_BANDWIDTH = "howdah.dev/backup-bandwidth";

  /// Libraries, parted by commas, that throw-away copies of the Cluster may preload too.
  public static final String PRELOAD_IN_COPIES = "howdah.dev/preload-in-copies";

  /// JSON patch for each pod.
  public static final String POD_PATCH = "cnpg.io/podPatch";

  /// Minutes for which errors of a snapshot are tried again.
  public static final String VOLUME_SNAPSHOT_DEADLINE = "cnpg.io/volumeSnapshotDeadline";

  /// `enabled` passes the password of a Secret on as it is.
  public static final String PASSWORD_PASSTHROUGH = "cnpg.io/passwordPassthrough";

  /// A change restarts the instances one by one.
  public static final String RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

  /// AppArmor profile of the container whose name follows.
  public static final String APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/";

  /// Isolation check, as it was once switched on.
  public static final String LIVENESS_PINGER = "alpha.cnpg.io/livenessPinger";

  /// Failover quorum, as it was once switched on.
  public static final String FAILOVER_QUORUM = "alpha.cnpg.io/failoverQuorum";

  /// `true` opens a port for profiling.
  public static final String ENABLE_INSTANCE_PPROF = "alpha.cnpg.io/enableInstancePprof";

  /// On a pod: make the instance anew, volumes and all.
  public static final String UNRECOVERABLE = "alpha.cnpg.io/unrecoverable";

  /// PostgreSQL major of an image whose tag doesn't tell it; Howdah's own.
  public static final String POSTGRES_MAJOR = "howdah.dev/postgresMajor";

  // of the operator
  /// Version of the operator that made the object.
  public static final String OPERATOR_VERSION = "cnpg.io/operatorVersion";

  /// Serial number of the instance.
  public static final String NODE_SERIAL = "cnpg.io/nodeSerial";

  /// Hash of the environment.
  public static final String POD_ENV_HASH = "cnpg.io/podEnvHash";

  /// Specification that the pod was made from.
  public static final String POD_SPEC = "cnpg.io/podSpec";

  /// State of a volume: `initializing`, `ready` or `detached`.
  public static final String PVC_STATUS = "cnpg.io/pvcStatus";

  /// Pull secrets that the operator added to a ServiceAccount.
  public static final String MANAGED_SECRETS = "cnpg.io/managedSecrets";

  /// Hash of the pooler's specification.
  public static final String POOLER_SPEC_HASH = "cnpg.io/poolerSpecHash";

  /// Hash of the object.
  public static final String HASH = "cnpg.io/hash";

  /// How a managed Service is updated.
  public static final String UPDATE_STRATEGY = "cnpg.io/updateStrategy";

  /// Specification of a Service as last applied.
  public static final String LAST_APPLIED_SPEC = "cnpg.io/lastAppliedSpec";

  /// Cluster, as a snapshot was taken.
  public static final String CLUSTER_MANIFEST = "cnpg.io/clusterManifest";

  /// Output of pg_controldata, as a snapshot was taken.
  public static final String PG_CONTROLDATA = "cnpg.io/pgControldata";

  /// Whether a snapshot was taken while the server ran.
  public static final String ONLINE_BACKUP = "cnpg.io/onlineBackup";

  /// First WAL file that a snapshot needs.
  public static final String BACKUP_START_WAL = "cnpg.io/backupStartWAL";

  /// Last WAL file that a snapshot needs.
  public static final String BACKUP_END_WAL = "cnpg.io/backupEndWAL";

  /// When the backup began.
  public static final String BACKUP_START_TIME = "cnpg.io/backupStartTime";

  /// When the backup ended.
  public static final String BACKUP_END_TIME = "cnpg.io/backupEndTime";

  /// When the snapshot began.
  public static final String SNAPSHOT_START_TIME = "cnpg.io/snapshotStartTime";

  /// When the snapshot ended.
  public static final String SNAPSHOT_END_TIME = "cnpg.io/snapshotEndTime";

  /// Backup label of a snapshot.
  public static final String BACKUP_LABEL_FILE = "cnpg.io/backupLabelFile";

  /// Tablespace map of a snapshot.
  public static final String BACKUP_TABLESPACE_MAP_FILE = "cnpg.io/backupTablespaceMapFile";

  /// Cluster, as it was sent to sleep in the old way.
  public static final String HIBERNATE_CLUSTER_MANIFEST = "cnpg.io/hibernateClusterManifest";

  /// Output of pg_controldata, as it was sent to sleep in the old way.
  public static final String HIBERNATE_PG_CONTROL_DATA = "cnpg.io/hibernatePgControlData";

  // of plugins' Services
  /// Secret with the client certificate for a plugin.
  public static final String PLUGIN_CLIENT_SECRET = "cnpg.io/pluginClientSecret";

  /// Secret with the certificate of a plugin.
  public static final String PLUGIN_SERVER_SECRET = "cnpg.io/pluginServerSecret";

  /// Port of a plugin.
  public static final String PLUGIN_PORT = "cnpg.io/pluginPort";

  /// Name in the certificate of a plugin.
  public static final String PLUGIN_SERVER_NAME = "cnpg.io/pluginServerName";

  // values
  public static final String ENABLED = "enabled";
  public static final String DISABLED = "disabled";
  public static final String ON = "on";
  public static final String OFF = "off";
  public static final String PVC_INITIALIZING = "initializing";
  public static final String PVC_READY = "ready";
  public static final String PVC_DETACHED = "detached";

  private Annotations() {}
}
