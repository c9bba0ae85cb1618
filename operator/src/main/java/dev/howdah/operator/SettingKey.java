// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import dev.howdah.api.names.ObjectNames;

/// The keys of the operator's configuration, as its manual lists them.
public enum SettingKey {
  WATCH_NAMESPACE(
      "",
      "Namespaces to look after, separated by commas; empty: all. The chart sets it together with"
          + " the permissions (value watchNamespaces)."),
  OPERATOR_NAMESPACE(
      "",
      Obeyed.AT_START,
      "The operator's own namespace; the chart sets it. Empty: that of its service account."),
  OPERATOR_IMAGE_NAME(
      OperatorSettings.OPERATOR_IMAGE,
      "The image that each PostgreSQL pod takes its instance manager from; the chart sets it."),
  POSTGRES_IMAGE_NAME(
      OperatorSettings.POSTGRES_IMAGE,
      "PostgreSQL for Clusters that name neither image nor catalog."),
  PGBOUNCER_IMAGE_NAME(
      "ghcr.io/cloudnative-pg/pgbouncer:1.25.1", Obeyed.NO, "PgBouncer of Poolers."),
  PULL_SECRET_NAME(
      "cnpg-pull-secret",
      "A Secret of the operator's namespace that its images are pulled with. Where it exists, each"
          + " Cluster gets a copy, CLUSTER-pull-secret, in its ServiceAccount. Empty: none."),
  INHERITED_LABELS(
      "",
      "Labels of a Cluster that all of its objects get, separated by commas; * and ? are wild."),
  INHERITED_ANNOTATIONS("", "The same for annotations."),
  MONITORING_QUERIES_CONFIGMAP(
      ObjectNames.DEFAULT_MONITORING,
      "A ConfigMap of the operator's namespace, key queries, with the queries that every Cluster's"
          + " metrics begin with; copied to each namespace with Clusters as"
          + " cnpg-default-monitoring, where the instances read it without being told in"
          + " spec.monitoring. Where the one of the default name doesn't exist, Howdah's own"
          + " queries stand for it. Empty: no such queries; copies that are there already are yours"
          + " to delete."),
  MONITORING_QUERIES_SECRET("", "The same, from a Secret."),
  CERTIFICATE_DURATION("90", "Days that certificates are good for."),
  EXPIRING_CHECK_THRESHOLD("7", "Days before their end at which certificates are renewed."),
  CREATE_ANY_SERVICE("false", "Make a Service CLUSTER-any of all instances, ready or not."),
  ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES(
      "true",
      "Give running pods the new operator's instance manager in place, without a restart of"
          + " PostgreSQL. False: pods keep theirs until they are restarted for another reason. (The"
          + " API says false, which there means that each upgrade restarts every database.)"),
  CLUSTERS_ROLLOUT_DELAY("0", "Seconds between the rollouts of two Clusters."),
  INSTANCES_ROLLOUT_DELAY("0", "Seconds between the rollouts of two instances of a Cluster."),
  INCLUDE_PLUGINS("", "Plugins that every Cluster gets in spec.plugins, separated by commas."),
  STANDBY_TCP_USER_TIMEOUT(
      "", "tcp_user_timeout of the standbys' connections in milliseconds; empty: 5000."),
  KUBERNETES_CLUSTER_DOMAIN("cluster.local", "The domain of Services' full names."),
  DRAIN_TAINTS(
      "node.kubernetes.io/unschedulable,ToBeDeletedByClusterAutoscaler,karpenter.sh/disrupted,karpenter.sh/disruption",
      "Taints that say that a node is being emptied: a primary there is moved before its pod"
          + " goes."),
  WEBHOOK_CERT_DIR(
      "",
      Obeyed.AT_START,
      "A folder with tls.crt and tls.key of the webhooks, made and renewed by somebody else (the"
          + " files are read again as they change); the chart sets it with webhooks.certManager."
          + " Empty: the operator makes and renews its own."),
  MANAGE_WEBHOOK_CONFIGURATIONS(
      "true", "Write the webhooks' authority into the webhook configurations."),
  ENABLE_WEBHOOK_NAMESPACE_SUFFIX(
      "false", "The webhook configurations' names end with - and the operator's namespace."),
  METRICS_CERT_DIR(
      "",
      Obeyed.AT_START,
      "A folder with tls.crt and tls.key: the operator's own metrics are then served over HTTPS."),
  PLUGIN_SOCKET_DIR(
      "/plugins",
      Obeyed.NO,
      "Sockets of plugins. Howdah has the archive plugin's work built in and calls no other."),
  MAX_CONCURRENT_RECONCILES("10", "Clusters that are worked on at once."),
  HOWDAH_PLATFORM_IDS(
      "false",
      Obeyed.AT_START,
      "Leave user and group ids out of PostgreSQL's pods (spec.postgresUID and postgresGID then"
          + " have no effect), since the platform gives them. Where it isn't set, it is true on"
          + " OpenShift: where the API server serves security.openshift.io."),
  HOWDAH_MANAGER_PROGRAM(
      "/opt/howdah/instance/manager",
      "The instance manager beside the operator, which is given to running pods.");

  /// When a change takes effect.
  public enum Obeyed {
    /// At once, without a restart of the operator.
    HOT,
    AT_START,
    /// It is read, and has no effect in this version; the operator says so when it is set.
    NO
  }

  private final String otherwise;
  private final Obeyed obeyed;
  private final String effect;

  SettingKey(String otherwise, String effect) {
    this(otherwise, Obeyed.HOT, effect);
  }

  SettingKey(String otherwise, Obeyed obeyed, String effect) {
    this.otherwise = otherwise;
    this.obeyed = obeyed;
    this.effect = effect;
  }

  /// The value where none is given.
  public String otherwise() {
    return otherwise;
  }

  public Obeyed obeyed() {
    return obeyed;
  }

  public String effect() {
    return effect;
  }

  /// Whether an empty value means nothing instead of the default.
  boolean canBeNone() {
    return this == PULL_SECRET_NAME || this == MONITORING_QUERIES_CONFIGMAP;
  }
}
