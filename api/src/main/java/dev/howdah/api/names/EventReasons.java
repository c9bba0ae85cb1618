// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

/// Reasons of the events that the operator emits.
public final class EventReasons {
  // of a Cluster
  public static final String SERVICE_ACCOUNT_NOT_FOUND = "ServiceAccountNotFound";
  public static final String PRIMARY_LEASE_CONFLICT = "PrimaryLeaseConflict";
  public static final String DISCOVER_IMAGE = "DiscoverImage";
  public static final String NAME_CLASH = "NameClash";

  /// Fields without effect yet; Howdah's own.
  public static final String UNSUPPORTED_FIELDS = "UnsupportedFields";

  /// A field was read another way than the API describes it; Howdah's own.
  public static final String LENIENT_READING = "LenientReading";

  // of a Backup
  public static final String FINDING_CLUSTER = "FindingCluster";
  public static final String FINDING_POD = "FindingPod";
  public static final String BACKUP_PENDING = "BackupPending";
  public static final String STARTING = "Starting";
  public static final String COMPLETED = "Completed";
  public static final String FAILED = "Failed";
  public static final String INSTANCE_MANAGER_RESTARTED = "InstanceManagerRestarted";
  public static final String TARGET_POD_NOT_HEALTHY = "TargetPodNotHealthy";
  public static final String FENCE_POD = "FencePod";
  public static final String UNFENCE_POD = "UnfencePod";
  public static final String CREATE_SNAPSHOT = "CreateSnapshot";
  public static final String CLUSTER_IS_HIBERNATED = "ClusterIsHibernated";
  public static final String CLUSTER_HAS_NO_BACKUP_EXECUTOR_PLUGIN =
      "ClusterHasNoBackupExecutorPlugin";
  public static final String CLUSTER_HAS_BACKUP_CONFIGURED = "ClusterHasBackupConfigured";
  public static final String CLUSTER_HAS_NO_VOLUME_SNAPSHOT_CRD = "ClusterHasNoVolumeSnapshotCRD";
  public static final String CLUSTER_HAS_NO_VOLUME_SNAPSHOT_SECTION =
      "ClusterHasNoVolumeSnapshotSection";
  public static final String CLUSTER_HAS_NO_BARMAN_SECTION = "ClusterHasNoBarmanSection";

  // of a ScheduledBackup
  public static final String BACKUP_SCHEDULE = "BackupSchedule";
  public static final String BACKUP_ADOPTION_REFUSED = "BackupAdoptionRefused";
  public static final String NO_SCHEDULE = "NoSchedule";
  public static final String INVALID_CLUSTER = "InvalidCluster";
  public static final String CLUSTER_NOT_HEALTHY = "ClusterNotHealthy";

  private EventReasons() {}
}
