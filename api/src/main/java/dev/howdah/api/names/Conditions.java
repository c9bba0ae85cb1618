// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

/// Types of the conditions of a Cluster and of a DatabaseRole, and their reasons.
public final class Conditions {
  // of a Cluster
  public static final String READY = "Ready";
  public static final String INITIALIZED = "Initialized";
  public static final String CONTINUOUS_ARCHIVING = "ContinuousArchiving";
  public static final String LAST_BACKUP_SUCCEEDED = "LastBackupSucceeded";
  public static final String CONSISTENT_SYSTEM_ID = "ConsistentSystemID";
  public static final String SYNC_REPLICATION_TOPOLOGY_SATISFIED =
      "SyncReplicationTopologySatisfied";
  public static final String HIBERNATION = "cnpg.io/hibernation";
  public static final String REPLICA_CLUSTER_DESIGNATED_PRIMARY_TRANSITION =
      "ReplicaClusterDesignatedPrimaryTransition";
  public static final String REPLICA_CLUSTER_FENCING = "ReplicaClusterFencing";
  public static final String REPLICA_CLUSTER_SWITCH = "ReplicaClusterSwitch";

  /// Fields that are kept but have no effect yet; Howdah's own.
  public static final String UNSUPPORTED_FIELDS = "UnsupportedFields";

  /// No volume of the Cluster is left; the message says what to do. Howdah's own.
  public static final String DATA_LOST = "DataLost";

  // of a DatabaseRole
  public static final String PASSWORD_SECRET_CHANGE = "PasswordSecretChange";

  // reasons
  public static final String CLUSTER_IS_READY = "ClusterIsReady";
  public static final String CLUSTER_IS_NOT_READY = "ClusterIsNotReady";
  public static final String BOOTSTRAP_COMPLETED = "BootstrapCompleted";
  public static final String BOOTSTRAP_PENDING = "BootstrapPending";
  public static final String CONTINUOUS_ARCHIVING_SUCCESS = "ContinuousArchivingSuccess";
  public static final String CONTINUOUS_ARCHIVING_FAILING = "ContinuousArchivingFailing";
  public static final String LAST_BACKUP_FAILED = "LastBackupFailed";
  public static final String BACKUP_STARTED = "BackupStarted";
  public static final String UNIQUE = "Unique";
  public static final String NOT_FOUND = "NotFound";
  public static final String MISMATCH = "Mismatch";
  public static final String SATISFIED = "Satisfied";
  public static final String TOPOLOGY_NOT_EXTRACTED = "TopologyNotExtracted";
  public static final String INSUFFICIENT_CROSS_DOMAIN_REPLICAS = "InsufficientCrossDomainReplicas";
  public static final String HIBERNATED = "Hibernated";
  public static final String DELETING_PODS = "DeletingPods";
  public static final String WAITING_PODS_DELETION = "WaitingPodsDeletion";
  public static final String WAITING_FOR_HEALTHY = "WaitingForHealthy";
  public static final String WRONG_ANNOTATION_VALUE = "WrongAnnotationValue";
  public static final String REPLICA_CLUSTER_AFTER_CREATION = "ReplicaClusterAfterCreation";
  public static final String TRANSITION_COMPLETED = "TransitionCompleted";
  public static final String REPLICA_ENABLED_SET_TRUE = "ReplicaEnabledSetTrue";
  public static final String CHANGE_DETECTED = "ChangeDetected";

  private Conditions() {}
}
