// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a Cluster is.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ClusterStatus(
    @Field("Instances that exist, counted by their volumes") @Nullable Integer instances,
    @Field("Instances that are ready") @Nullable Integer readyInstances,
    @Field("Selector of the instances' pods") @Nullable String selector,
    @Field("The last changes of the primary, newest first, with their time line")
        List<Incident> incidents,
    @Field("Names of the instances") List<String> instanceNames,
    @Field("Instances by state: healthy, replicating, failed")
        Map<String, List<String>> instancesStatus,
    @Field("What each instance last said of itself")
        Map<String, ReportedState> instancesReportedState,
    @Field("Instance that is the primary") @Nullable String currentPrimary,
    @Field("Instance that shall be the primary; pending while none is chosen")
        @Nullable String targetPrimary,
    @Field("When the primary became one") @Nullable String currentPrimaryTimestamp,
    @Field("When the primary to be was chosen") @Nullable String targetPrimaryTimestamp,
    @Field("Since when the primary is unhealthy")
        @Nullable String currentPrimaryFailingSinceTimestamp,
    @JsonProperty("timelineID") @Field("Timeline") @Nullable Integer timelineId,
    @JsonProperty("systemID") @Field("System identifier of the data") @Nullable String systemId,
    @Field("What is going on") @Nullable String phase,
    @Field("Why") @Nullable String phaseReason,
    @Field(
            value = "Conditions",
            mapKeys = {"type"})
        List<Condition> conditions,
    @Field("Service that leads to the primary") @Nullable String writeService,
    @Field("Service that leads to all instances") @Nullable String readService,
    @Field("Image in use") @Nullable String image,
    @Field("Image that the data last ran with") @Nullable ImageInfo pgDataImageInfo,
    @Field("Image that a running major upgrade leads to") @Nullable ImageInfo targetPgDataImageInfo,
    @Field("Where instances run") @Nullable Topology topology,
    @Field("State of the managed roles") @Nullable ManagedRolesStatus managedRolesStatus,
    @Field("State of the tablespaces") List<TablespaceStatus> tablespacesStatus,
    @Field(
            value = "Addresses of the named sets of pods",
            mapKeys = {"name"})
        List<PodSelectorStatus> podSelectorRefs,
    @Field("Volumes of the cluster") @Nullable Integer pvcCount,
    @Field("Jobs of the cluster") @Nullable Integer jobCount,
    @JsonProperty("danglingPVC") @Field("Volumes without a pod or job") List<String> danglingPvc,
    @JsonProperty("resizingPVC") @Field("Volumes that are growing") List<String> resizingPvc,
    @JsonProperty("initializingPVC") @Field("Volumes that are being filled")
        List<String> initializingPvc,
    @JsonProperty("healthyPVC") @Field("Volumes in use") List<String> healthyPvc,
    @JsonProperty("unusablePVC") @Field("Volumes whose companions are missing")
        List<String> unusablePvc,
    @Field(value = "Last serial number given to an instance", deprecated = true)
        @Nullable Integer latestGeneratedNode,
    @Field("Versions of the Secrets in use")
        @Nullable SecretsResourceVersion secretsResourceVersion,
    @Field("Versions of the ConfigMaps in use")
        @Nullable ConfigMapResourceVersion configMapResourceVersion,
    @Field("Certificates in use") @Nullable CertificatesStatus certificates,
    @Field("Poolers that the cluster serves") @Nullable PoolerIntegrations poolerIntegrations,
    @Field("Earliest moment that can be recovered") @Nullable String firstRecoverabilityPoint,
    @Field("Earliest moment that can be recovered, by method")
        Map<String, String> firstRecoverabilityPointByMethod,
    @Field("When the last good backup ended") @Nullable String lastSuccessfulBackup,
    @Field("When the last good backup ended, by method")
        Map<String, String> lastSuccessfulBackupByMethod,
    @Field("When the last failed backup ended") @Nullable String lastFailedBackup,
    @JsonProperty("cloudNativePGCommitHash") @Field("Commit that the operator was built from")
        @Nullable String cloudNativePgCommitHash,
    @JsonProperty("cloudNativePGOperatorHash") @Field("Hash of the operator's program")
        @Nullable String cloudNativePgOperatorHash,
    @Field("SHA-256 of the certificate that the operator shows to instances")
        @Nullable String operatorCertificateFingerprint,
    @Field("Architectures that the instance manager exists for")
        List<Architecture> availableArchitectures,
    @Field("Instance managers are replaced while PostgreSQL runs")
        @Nullable Boolean onlineUpdateEnabled,
    @Field("Plugins in use") List<PluginStatus> pluginStatus,
    @Field("Becoming a replica cluster")
        @Nullable SwitchReplicaClusterStatus switchReplicaClusterStatus,
    @Field("Token for promoting another cluster") @Nullable String demotionToken,
    @Field("Token that this cluster was promoted with") @Nullable String lastPromotionToken) {
  public ClusterStatus {
    incidents = Absent.list(incidents);
    instanceNames = Absent.list(instanceNames);
    instancesStatus = Absent.map(instancesStatus);
    instancesReportedState = Absent.map(instancesReportedState);
    conditions = Absent.list(conditions);
    tablespacesStatus = Absent.list(tablespacesStatus);
    podSelectorRefs = Absent.list(podSelectorRefs);
    danglingPvc = Absent.list(danglingPvc);
    resizingPvc = Absent.list(resizingPvc);
    initializingPvc = Absent.list(initializingPvc);
    healthyPvc = Absent.list(healthyPvc);
    unusablePvc = Absent.list(unusablePvc);
    firstRecoverabilityPointByMethod = Absent.map(firstRecoverabilityPointByMethod);
    lastSuccessfulBackupByMethod = Absent.map(lastSuccessfulBackupByMethod);
    availableArchitectures = Absent.list(availableArchitectures);
    pluginStatus = Absent.list(pluginStatus);
  }
}
