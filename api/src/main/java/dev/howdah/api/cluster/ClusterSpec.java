// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.meta.PluginConfiguration;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EphemeralVolumeSource;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a Cluster shall be.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value = "has(self.storage)",
    message = "storage: say how big each instance's volume is, as in storage: {size: " + "10Gi}")
@Cel(
    value = "!(has(self.imageName) && self.imageName != '') || " + "!has(self.imageCatalogRef)",
    message = "imageName and imageCatalogRef exclude each other; keep one of them")
@Cel(
    value = "!has(self.serviceAccountName) || !has(self.serviceAccountTemplate)",
    message =
        "serviceAccountName and serviceAccountTemplate exclude each other: the "
            + "template is for the account that is made when no name is given")
@Cel(
    value = "self.minSyncReplicas <= self.maxSyncReplicas",
    message = "minSyncReplicas: at most maxSyncReplicas")
@Cel(
    value = "self.maxSyncReplicas == 0 || self.maxSyncReplicas < self.instances",
    message = "maxSyncReplicas: less than instances, as the primary is no standby of " + "itself")
@Cel(
    value = "self.primaryUpdateStrategy != 'supervised' || self.instances > 1",
    message =
        "primaryUpdateStrategy: supervised needs a standby to switch over to; set "
            + "instances to 2 or more, or unsupervised")
@Cel(
    value =
        "!(has(self.replica)) || (has(self.externalClusters) && "
            + "self.externalClusters.exists(e, e.name == self.replica.source))",
    message = "replica.source: not among externalClusters; add it there, or correct the " + "name")
@Cel(
    value =
        "!(has(self.replica) && has(self.replica.self) && self.replica.self != '') "
            + "|| (has(self.externalClusters) && self.externalClusters.exists(e, e.name "
            + "== self.replica.self))",
    message = "replica.self: not among externalClusters; add it there, or correct the " + "name")
@Cel(
    value =
        "!(has(self.replica) && has(self.replica.primary) && self.replica.primary "
            + "!= '') || (has(self.externalClusters) && self.externalClusters.exists(e, "
            + "e.name == self.replica.primary))",
    message = "replica.primary: not among externalClusters; add it there, or correct the " + "name")
@Cel(
    value =
        "!(has(self.bootstrap) && has(self.bootstrap.pg_basebackup)) || "
            + "(has(self.externalClusters) && self.externalClusters.exists(e, e.name == "
            + "self.bootstrap.pg_basebackup.source))",
    message =
        "bootstrap.pg_basebackup.source: not among externalClusters; add it there, "
            + "or correct the name")
@Cel(
    value =
        "!(has(self.bootstrap) && has(self.bootstrap.recovery) && "
            + "has(self.bootstrap.recovery.source) && self.bootstrap.recovery.source != "
            + "'') || (has(self.externalClusters) && self.externalClusters.exists(e, "
            + "e.name == self.bootstrap.recovery.source))",
    message =
        "bootstrap.recovery.source: not among externalClusters; add it there, or "
            + "correct the name")
@Cel(
    value =
        "!(has(self.bootstrap) && has(self.bootstrap.initdb) && "
            + "has(self.bootstrap.initdb.import)) || (has(self.externalClusters) && "
            + "self.externalClusters.exists(e, e.name == "
            + "self.bootstrap.initdb.import.source.externalCluster))",
    message =
        "bootstrap.initdb.import.source.externalCluster: not among "
            + "externalClusters; add it there, or correct the name")
@Cel(
    value =
        "!has(self.bootstrap) || !has(self.bootstrap.recovery) || "
            + "!has(self.bootstrap.recovery.volumeSnapshots) || "
            + "!has(self.bootstrap.recovery.volumeSnapshots.walStorage) || "
            + "has(self.walStorage)",
    message =
        "bootstrap.recovery.volumeSnapshots.walStorage: needs walStorage, the "
            + "volume to recover it to")
@Cel(
    value =
        "!has(self.backup) || !has(self.backup.volumeSnapshot) || "
            + "!has(self.backup.volumeSnapshot.tablespaceClassName) || "
            + "self.backup.volumeSnapshot.tablespaceClassName.all(k, "
            + "has(self.tablespaces) && self.tablespaces.exists(t, t.name == k))",
    message =
        "backup.volumeSnapshot.tablespaceClassName: every key must be the name of "
            + "a tablespace")
@Cel(
    value =
        "!has(self.ephemeralVolumeSource) || !has(self.ephemeralVolumesSizeLimit) "
            + "|| !has(self.ephemeralVolumesSizeLimit.temporaryData)",
    message =
        "ephemeralVolumeSource and ephemeralVolumesSizeLimit.temporaryData exclude "
            + "each other: the source has a size of its own")
@Cel(
    value =
        "!has(self.postgresql) || !has(self.postgresql.synchronous) || "
            + "(self.minSyncReplicas == 0 && self.maxSyncReplicas == 0)",
    message =
        "postgresql.synchronous replaces minSyncReplicas and maxSyncReplicas; "
            + "remove these two")
@Cel(
    value =
        "!has(self.postgresql) || !has(self.postgresql.synchronous) || "
            + "self.postgresql.synchronous.number < self.instances + "
            + "(has(self.postgresql.synchronous.standbyNamesPre) ? "
            + "size(self.postgresql.synchronous.standbyNamesPre) : 0) + "
            + "(has(self.postgresql.synchronous.standbyNamesPost) ? "
            + "size(self.postgresql.synchronous.standbyNamesPost) : 0)",
    message =
        "postgresql.synchronous.number: less than the instances and outside "
            + "standbys together, or every write would wait for ever")
@Cel(
    value =
        "has(self.imageCatalogRef) || !has(self.postgresql) || "
            + "!has(self.postgresql.extensions) || self.postgresql.extensions.all(e, "
            + "has(e.image) && has(e.image.reference) && e.image.reference != '')",
    message =
        "postgresql.extensions: image.reference is needed unless imageCatalogRef "
            + "names a catalog that has it")
@Cel(
    value =
        "!has(self.plugins) || self.plugins.filter(p, p.enabled && "
            + "p.isWALArchiver).size() <= 1",
    message = "plugins: one plugin at most may have isWALArchiver: true")
@Cel(
    value =
        "!has(self.plugins) || !has(self.backup) || "
            + "!has(self.backup.barmanObjectStore) || !self.plugins.exists(p, p.enabled "
            + "&& p.isWALArchiver)",
    message =
        "plugins: a plugin that archives WAL and backup.barmanObjectStore exclude "
            + "each other; remove one")
@Cel(
    value = "!has(oldSelf.walStorage) || has(self.walStorage)",
    message = "walStorage: can't be removed once instances have such a volume")
@Cel(
    value =
        "!has(oldSelf.tablespaces) || (has(self.tablespaces) && "
            + "oldSelf.tablespaces.all(t, self.tablespaces.exists(u, u.name == t.name)))",
    message = "tablespaces: none can be removed, as it may hold data")
public record ClusterSpec(
    @Field("Free text about the cluster") @Nullable String description,
    @Field(
            value = "How many instances: one primary, the others standbys",
            required = true,
            defaultsTo = "1",
            min = 1)
        Integer instances,
    @Field("Labels and annotations for all objects made for the cluster")
        @Nullable InheritedMetadata inheritedMetadata,
    @Field("Image of PostgreSQL; its tag begins with the version") @Nullable String imageName,
    @Field(value = "Take the image from a catalog instead", atomic = true)
        @Cel(
            value = "self.kind in ['ImageCatalog', 'ClusterImageCatalog']",
            message = "kind: ImageCatalog or ClusterImageCatalog")
        @Cel(
            value = "has(self.apiGroup) && self.apiGroup == 'postgresql.cnpg.io'",
            message = "apiGroup: must be postgresql.cnpg.io")
        @Nullable ImageCatalogReference imageCatalogRef,
    @Field(
            value = "When images are pulled: Always, Never or IfNotPresent",
            oneOf = {"", "Always", "Never", "IfNotPresent"})
        @Nullable String imagePullPolicy,
    @Field("Secrets for pulling images") List<LocalReference> imagePullSecrets,
    @Field("Scheduler of the pods") @Nullable String schedulerName,
    @JsonProperty("postgresUID")
        @Field(value = "User id that PostgreSQL runs as; can't change", defaultsTo = "26")
        @Cel(value = "self == oldSelf", message = "can't change, as the files belong to this user")
        Long postgresUid,
    @JsonProperty("postgresGID")
        @Field(value = "Group id that PostgreSQL runs as; can't change", defaultsTo = "26")
        @Cel(value = "self == oldSelf", message = "can't change, as the files belong to this group")
        Long postgresGid,
    @Field("PriorityClass of pods and jobs") @Nullable String priorityClassName,
    @Field("CPU and memory of each instance") @Nullable ResourceRequirements resources,
    @Field(
            value = "How much the instance manager logs",
            defaultsTo = "info",
            oneOf = {"error", "warning", "info", "debug", "trace"})
        String logLevel,
    @Field(
            value = "Use this ServiceAccount instead of making one; can't change",
            maxLength = 253,
            pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @Cel(value = "self == oldSelf", message = "can't change")
        @Nullable String serviceAccountName,
    @Field("Labels and annotations of the ServiceAccount that is made")
        @Nullable ServiceAccountTemplate serviceAccountTemplate,
    @Field("Further environment variables of the server") List<EnvVar> env,
    @Field("Further sources of environment variables of the server") List<EnvFromSource> envFrom,
    @JsonProperty("enablePDB") @Field(value = "Make PodDisruptionBudgets", defaultsTo = "true")
        Boolean enablePdb,
    @Field(value = "Give the user postgres a password, kept in a Secret", defaultsTo = "false")
        Boolean enableSuperuserAccess,
    @Field("Secret with the user name and password of postgres")
        @Cel(
            value = "size(self.name) > 0",
            message = "name: empty; write the name of the Secret, or remove superuserSecret")
        @Nullable LocalReference superuserSecret,
    @Field(
            value = "Named sets of pods that pg_hba lines can speak of",
            maxItems = 100,
            mapKeys = {"name"})
        List<PodSelectorReference> podSelectorRefs,
    @Field("Where the first instance's data comes from") @Nullable Bootstrap bootstrap,
    @Field(
            value = "PostgreSQL servers and object stores outside of this cluster",
            maxItems = 200,
            mapKeys = {"name"})
        List<ExternalCluster> externalClusters,
    @Field("Follow another cluster") @Nullable ReplicaConfiguration replica,
    @Field(value = "Plugins in use", maxItems = 50) List<PluginConfiguration> plugins,
    @Field("How backups are taken") @Nullable BackupConfiguration backup,
    @Field("Volume of each instance's data") @Nullable StorageConfiguration storage,
    @Field("Separate volume of each instance's WAL") @Nullable StorageConfiguration walStorage,
    @Field(
            value = "Tablespaces, each on a volume of its own",
            maxItems = 100,
            mapKeys = {"name"})
        List<TablespaceConfiguration> tablespaces,
    @Field("Volume behind the scratch folder")
        @Nullable EphemeralVolumeSource ephemeralVolumeSource,
    @Field("Limits of the volumes that don't outlive a pod")
        @Nullable EphemeralVolumesSizeLimit ephemeralVolumesSizeLimit,
    @Field("Volume mounted at /projected") @Nullable ProjectedVolumeSource projectedVolumeTemplate,
    @Field("On which nodes instances may run, and how they keep apart")
        @Nullable AffinityConfiguration affinity,
    @Field("How instances spread over zones and nodes")
        List<TopologySpreadConstraint> topologySpreadConstraints,
    @Field(value = "Seccomp profile of pods and containers", effective = "RuntimeDefault")
        @Nullable SeccompProfile seccompProfile,
    @Field("Security context of the pods") @Nullable PodSecurityContext podSecurityContext,
    @Field("Security context of the containers, laid over the strict one")
        @Nullable SecurityContext securityContext,
    @Field("Certificates brought along instead of made")
        @Nullable CertificatesConfiguration certificates,
    @Field(value = "Seconds that an instance may take to start", defaultsTo = "3600", min = 0)
        Integer startDelay,
    @Field(value = "Seconds that an instance may take to stop", defaultsTo = "1800", min = 0)
        Integer stopDelay,
    @Field(
            value = "Seconds to wait for clients to leave before a fast shutdown",
            defaultsTo = "180",
            min = 0)
        Integer smartShutdownTimeout,
    @Field(
            value = "Seconds that the old primary may take to shut down in a switchover",
            defaultsTo = "3600",
            min = 0)
        Integer switchoverDelay,
    @Field(
            value = "Seconds that a primary may be unhealthy before a failover",
            defaultsTo = "0",
            min = 0)
        Integer failoverDelay,
    @Field(value = "Seconds after which an instance that doesn't answer is restarted", min = 0)
        @Nullable Integer livenessProbeTimeout,
    @Field(
            value = "Whether the last step of a rollout, the primary, waits for a person",
            defaultsTo = "unsupervised",
            oneOf = {"unsupervised", "supervised"})
        String primaryUpdateStrategy,
    @Field(
            value = "How a rollout updates the primary",
            defaultsTo = "restart",
            oneOf = {"restart", "switchover"})
        String primaryUpdateMethod,
    @Field("Probes of the instances") @Nullable ProbesConfiguration probes,
    @Field("Timing of the primary's lease") @Nullable PrimaryLease primaryLease,
    @Field(value = "Maintenance of nodes", deprecated = true)
        @Nullable NodeMaintenanceWindow nodeMaintenanceWindow,
    @Field(
            value = "Least number of synchronous standbys, in the old way",
            defaultsTo = "0",
            min = 0)
        Integer minSyncReplicas,
    @Field(
            value = "Greatest number of synchronous standbys, in the old way",
            defaultsTo = "0",
            min = 0)
        Integer maxSyncReplicas,
    @Field(value = "Replication slots", defaultsTo = "{\"highAvailability\":{\"enabled\":true}}")
        @Nullable ReplicationSlotsConfiguration replicationSlots,
    @Field("Configuration of PostgreSQL") @Nullable PostgresConfiguration postgresql,
    @Field("Roles and Services kept as described") @Nullable ManagedConfiguration managed,
    @Field("Metrics") @Nullable MonitoringConfiguration monitoring) {
  public ClusterSpec {
    instances = Absent.or(instances, 1);
    imagePullSecrets = Absent.list(imagePullSecrets);
    postgresUid = Absent.or(postgresUid, 26L);
    postgresGid = Absent.or(postgresGid, 26L);
    logLevel = Absent.or(logLevel, "info");
    env = Absent.list(env);
    envFrom = Absent.list(envFrom);
    enablePdb = Absent.or(enablePdb, true);
    enableSuperuserAccess = Absent.or(enableSuperuserAccess, false);
    podSelectorRefs = Absent.list(podSelectorRefs);
    externalClusters = Absent.list(externalClusters);
    plugins = Absent.list(plugins);
    tablespaces = Absent.list(tablespaces);
    topologySpreadConstraints = Absent.list(topologySpreadConstraints);
    startDelay = Absent.or(startDelay, 3600);
    stopDelay = Absent.or(stopDelay, 1800);
    smartShutdownTimeout = Absent.or(smartShutdownTimeout, 180);
    switchoverDelay = Absent.or(switchoverDelay, 3600);
    failoverDelay = Absent.or(failoverDelay, 0);
    primaryUpdateStrategy = Absent.or(primaryUpdateStrategy, "unsupervised");
    primaryUpdateMethod = Absent.or(primaryUpdateMethod, "restart");
    minSyncReplicas = Absent.or(minSyncReplicas, 0);
    maxSyncReplicas = Absent.or(maxSyncReplicas, 0);
  }
}
