// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.api.model.PodAffinity;
import io.fabric8.kubernetes.api.model.PodAntiAffinity;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// On which nodes instances may run, and how they keep apart.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AffinityConfiguration(
    @Field(value = "Keep the instances of the cluster on different nodes", effective = "true")
        @Nullable Boolean enablePodAntiAffinity,
    @Field(
            value = "Whether keeping apart is a wish or a must",
            effective = "preferred",
            oneOf = {"", "preferred", "required"})
        @Nullable String podAntiAffinityType,
    @Field(
            value = "Label of nodes within whose value instances shall not meet",
            effective = "kubernetes.io/hostname")
        @Nullable String topologyKey,
    @Field("Labels that nodes must have") Map<String, String> nodeSelector,
    @Field("Which nodes, as in a pod") @Nullable NodeAffinity nodeAffinity,
    @Field("Taints of nodes that don't matter") List<Toleration> tolerations,
    @Field("Pods to be near to, as in a pod") @Nullable PodAffinity additionalPodAffinity,
    @Field("Pods to be away from, as in a pod, besides those of the cluster")
        @Nullable PodAntiAffinity additionalPodAntiAffinity,
    @Field("Another name of additionalPodAffinity, as a pod has it")
        @Nullable PodAffinity podAffinity,
    @Field("Another name of additionalPodAntiAffinity, as a pod has it")
        @Nullable PodAntiAffinity podAntiAffinity) {
  public AffinityConfiguration {
    nodeSelector = Absent.map(nodeSelector);
    tolerations = Absent.list(tolerations);
  }
}
