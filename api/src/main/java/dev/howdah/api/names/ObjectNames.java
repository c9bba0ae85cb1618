// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

import java.util.Locale;

/// Names of the objects that belong to a cluster.
public final class ObjectNames {
  /// Role that standbys stream with.
  public static final String STREAMING_REPLICA = "streaming_replica";

  /// Role that poolers look passwords up with.
  public static final String POOLER_USER = "cnpg_pooler_pgbouncer";

  /// Role that metrics are read with.
  public static final String METRICS_USER = "cnpg_metrics_exporter";

  /// The superuser of every server.
  public static final String SUPERUSER = "postgres";

  /// ConfigMap with the queries that come with the operator, copied to each namespace.
  public static final String DEFAULT_MONITORING = "cnpg-default-monitoring";

  /// Value of `status.targetPrimary` while a failover has no winner yet.
  public static final String PENDING_PRIMARY = "pending";

  private ObjectNames() {}

  public static String instance(String cluster, int serial) {
    return cluster + "-" + serial;
  }

  public static String walVolume(String instance) {
    return instance + "-wal";
  }

  public static String tablespaceVolume(String instance, String tablespace) {
    return instance + "-tbs-" + tablespaceVolumeSuffix(tablespace);
  }

  /// A tablespace's name as it stands in names of volumes: no name of Kubernetes may hold `_` or
  /// `$`.
  public static String tablespaceVolumeSuffix(String tablespace) {
    String name = tablespace.startsWith("_") ? "1" + tablespace.substring(1) : tablespace;
    return name.replace('$', '-').replace('_', '-').toLowerCase(Locale.ROOT);
  }

  public static String extensionVolume(String extension) {
    return "ext-" + extension.replace('_', '-');
  }

  public static String job(String instance, String role) {
    return instance + "-" + role;
  }

  public static String readWriteService(String cluster) {
    return cluster + "-rw";
  }

  public static String readOnlyService(String cluster) {
    return cluster + "-ro";
  }

  public static String readService(String cluster) {
    return cluster + "-r";
  }

  public static String anyService(String cluster) {
    return cluster + "-any";
  }

  public static String appSecret(String cluster) {
    return cluster + "-app";
  }

  public static String superuserSecret(String cluster) {
    return cluster + "-superuser";
  }

  /// The authority of both servers and clients.
  public static String caSecret(String cluster) {
    return cluster + "-ca";
  }

  public static String serverSecret(String cluster) {
    return cluster + "-server";
  }

  public static String replicationSecret(String cluster) {
    return cluster + "-replication";
  }

  public static String pullSecret(String cluster) {
    return cluster + "-pull-secret";
  }

  public static String primaryBudget(String cluster) {
    return cluster + "-primary";
  }

  public static String walSnapshot(String backup) {
    return backup + "-wal";
  }

  public static String tablespaceSnapshot(String backup, String tablespace) {
    return backup + "-tbs-" + tablespaceVolumeSuffix(tablespace);
  }

  /// The physical slot that the primary keeps for an instance.
  public static String slot(String prefix, String instance) {
    return prefix + instance.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
  }
}
