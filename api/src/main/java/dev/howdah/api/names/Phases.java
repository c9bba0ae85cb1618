// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

/// What `status.phase` of a Cluster says.
public final class Phases {
  public static final String SETTING_UP_PRIMARY = "Setting up primary";
  public static final String CREATING_REPLICA = "Creating a new replica";
  public static final String HEALTHY = "Cluster in healthy state";
  public static final String WAITING_FOR_INSTANCES = "Waiting for the instances to become active";
  public static final String SWITCHOVER = "Switchover in progress";
  public static final String FAILOVER = "Failing over";
  public static final String PROMOTING_TO_PRIMARY_CLUSTER = "Promoting to primary cluster";
  public static final String APPLYING_CONFIGURATION = "Applying configuration";
  public static final String UPGRADING = "Upgrading cluster";
  public static final String UPGRADING_MAJOR = "Upgrading Postgres major version";
  public static final String UPGRADE_DELAYED = "Cluster upgrade delayed";
  public static final String WAITING_FOR_USER = "Waiting for user action";
  public static final String PRIMARY_RESTART_IN_PLACE =
      "Primary instance is being restarted in-place";
  public static final String PRIMARY_RESTART =
      "Primary instance is being restarted without a switchover";
  public static final String ONLINE_UPGRADE = "Online upgrade in progress";
  public static final String MISSING_ARCHITECTURE =
      "Cluster cannot execute instance online upgrade due to missing architecture binary";
  public static final String UNKNOWN_PLUGIN =
      "Cluster cannot proceed to reconciliation due to an unknown plugin being required";
  public static final String PLUGIN_FAILURE =
      "Cluster cannot proceed to reconciliation due to an error while interacting with plugins";
  public static final String INVALID_IMAGE_CATALOG =
      "Cluster has incomplete or invalid image catalog";

  /// Howdah's own: a Restore is at work.
  public static final String RESTORING_IN_PLACE = "Restoring in place";

  public static final String UNRECOVERABLE =
      "Cluster is unrecoverable and needs manual intervention";
  public static final String CANNOT_CREATE_OBJECTS = "Unable to create required cluster objects";
  public static final String INVALID_DEFINITION = "Invalid cluster definition";
  public static final String INSTANCE_UNREACHABLE =
      "Instance Status Extraction Error: HTTP communication issue";
  public static final String NOT_ENOUGH_DISK_SPACE = "Not enough disk space";

  private Phases() {}
}
