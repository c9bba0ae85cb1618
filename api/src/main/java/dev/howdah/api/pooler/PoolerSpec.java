// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.pooler;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.cluster.ServiceTemplate;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategy;
import org.jspecify.annotations.Nullable;

/// What a Pooler shall be.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value =
        "!has(self.monitoring) || !has(self.monitoring.tls) || "
            + "!self.monitoring.tls.enabled || !self.monitoring.enablePodMonitor || "
            + "has(self.pgbouncer.clientTLSSecret)",
    message = "pgbouncer.clientTLSSecret: needed for metrics over TLS that a PodMonitor " + "reads")
public record PoolerSpec(
    @Field(value = "Cluster to pool connections to", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        @Cel(
            value = "self == oldSelf",
            message = "can't change; make a new object for the other cluster")
        LocalReference cluster,
    @Field(
            value = "Which instances to connect to",
            defaultsTo = "rw",
            oneOf = {"rw", "ro", "r"})
        String type,
    @Field(value = "How many poolers", defaultsTo = "1", min = 0) Integer instances,
    @Field("Pod to begin with") @Nullable PodTemplate template,
    @Field(value = "Configuration of PgBouncer", required = true) PgBouncerConfiguration pgbouncer,
    @Field("How a change is rolled out") @Nullable DeploymentStrategy deploymentStrategy,
    @Field(value = "Metrics", deprecated = true) @Nullable PoolerMonitoring monitoring,
    @Field("Service to begin with") @Nullable ServiceTemplate serviceTemplate,
    @Field(
            value = "Use this ServiceAccount instead of making one; can't change",
            maxLength = 253,
            pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @Cel(value = "self == oldSelf", message = "can't change")
        @Nullable String serviceAccountName) {
  public PoolerSpec {
    type = Absent.or(type, "rw");
    instances = Absent.or(instances, 1);
  }
}
