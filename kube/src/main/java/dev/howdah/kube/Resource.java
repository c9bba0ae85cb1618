// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

/// A kind of object as the API server addresses it: group, version, plural name, and whether it
/// lives in a namespace.
///
/// @param group the API group, empty for the core group
public record Resource(
    String group, String version, String plural, String kind, boolean namespaced) {
  public static final Resource PODS = core("pods", "Pod");
  public static final Resource SERVICES = core("services", "Service");
  public static final Resource SECRETS = core("secrets", "Secret");
  public static final Resource CONFIG_MAPS = core("configmaps", "ConfigMap");
  public static final Resource EVENTS = core("events", "Event");
  public static final Resource ENDPOINTS = core("endpoints", "Endpoints");
  public static final Resource SERVICE_ACCOUNTS = core("serviceaccounts", "ServiceAccount");
  public static final Resource PERSISTENT_VOLUME_CLAIMS =
      core("persistentvolumeclaims", "PersistentVolumeClaim");
  public static final Resource PERSISTENT_VOLUMES =
      new Resource("", "v1", "persistentvolumes", "PersistentVolume", false);
  public static final Resource NAMESPACES =
      new Resource("", "v1", "namespaces", "Namespace", false);
  public static final Resource NODES = new Resource("", "v1", "nodes", "Node", false);
  public static final Resource JOBS = new Resource("batch", "v1", "jobs", "Job", true);
  public static final Resource LEASES =
      new Resource("coordination.k8s.io", "v1", "leases", "Lease", true);
  public static final Resource ENDPOINT_SLICES =
      new Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true);
  public static final Resource STORAGE_CLASSES =
      new Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", false);
  public static final Resource ROLES =
      new Resource("rbac.authorization.k8s.io", "v1", "roles", "Role", true);
  public static final Resource ROLE_BINDINGS =
      new Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true);
  public static final Resource POD_DISRUPTION_BUDGETS =
      new Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true);
  public static final Resource CRDS =
      new Resource(
          "apiextensions.k8s.io",
          "v1",
          "customresourcedefinitions",
          "CustomResourceDefinition",
          false);
  public static final Resource VOLUME_SNAPSHOTS =
      new Resource("snapshot.storage.k8s.io", "v1", "volumesnapshots", "VolumeSnapshot", true);
  public static final Resource CLUSTERS = postgresql("clusters", "Cluster");
  public static final Resource BACKUPS = postgresql("backups", "Backup");
  public static final Resource SCHEDULED_BACKUPS =
      postgresql("scheduledbackups", "ScheduledBackup");
  public static final Resource POOLERS = postgresql("poolers", "Pooler");
  public static final Resource DATABASES = postgresql("databases", "Database");
  public static final Resource DATABASE_ROLES = postgresql("databaseroles", "DatabaseRole");
  public static final Resource PUBLICATIONS = postgresql("publications", "Publication");
  public static final Resource SUBSCRIPTIONS = postgresql("subscriptions", "Subscription");
  public static final Resource IMAGE_CATALOGS = postgresql("imagecatalogs", "ImageCatalog");
  public static final Resource CLUSTER_IMAGE_CATALOGS =
      new Resource(
          "postgresql.cnpg.io", "v1", "clusterimagecatalogs", "ClusterImageCatalog", false);
  public static final Resource FAILOVER_QUORUMS = postgresql("failoverquorums", "FailoverQuorum");

  public static final Resource RESTORES = own("restores", "Restore");
  public static final Resource DATABASE_RESTORES = own("databaserestores", "DatabaseRestore");
  public static final Resource RESTORE_DRILLS = own("restoredrills", "RestoreDrill");

  private static Resource core(String plural, String kind) {
    return new Resource("", "v1", plural, kind, true);
  }

  private static Resource postgresql(String plural, String kind) {
    return new Resource("postgresql.cnpg.io", "v1", plural, kind, true);
  }

  private static Resource own(String plural, String kind) {
    return new Resource("howdah.dev", "v1alpha1", plural, kind, true);
  }

  /// The `apiVersion` of objects of this kind.
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /// The path of the collection; `namespace` empty means all namespaces.
  String collection(String namespace) {
    String root = group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    return namespaced && !namespace.isEmpty()
        ? root + "/namespaces/" + Paths.segment(namespace) + "/" + plural
        : root + "/" + plural;
  }

  /// The path of one object.
  String path(String namespace, String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the name of the " + kind + " is empty");
    }
    if (namespaced && namespace.isEmpty()) {
      throw new IllegalArgumentException("the namespace of " + kind + " " + name + " is empty");
    }
    return collection(namespace) + "/" + Paths.segment(name);
  }
}
