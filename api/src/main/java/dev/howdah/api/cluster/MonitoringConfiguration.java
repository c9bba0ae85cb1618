// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.meta.MonitoringTls;
import dev.howdah.api.meta.RelabelConfig;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Metrics.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record MonitoringConfiguration(
    @Field(value = "Leave out the queries that come with the operator", defaultsTo = "false")
        Boolean disableDefaultQueries,
    @Field("ConfigMaps with further queries") List<KeyReference> customQueriesConfigMap,
    @Field("Secrets with further queries") List<KeyReference> customQueriesSecret,
    @JsonProperty("metricsQueriesTTL")
        @Field(value = "How long the result of a query is shown again", effective = "30s")
        @Nullable String metricsQueriesTtl,
    @Field("TLS of the metrics endpoint") @Nullable MonitoringTls tls,
    @Field(value = "Make a PodMonitor", defaultsTo = "false", deprecated = true)
        Boolean enablePodMonitor,
    @Field(value = "Relabelling of samples", deprecated = true)
        List<RelabelConfig> podMonitorMetricRelabelings,
    @Field(value = "Relabelling of targets", deprecated = true)
        List<RelabelConfig> podMonitorRelabelings) {
  public MonitoringConfiguration {
    disableDefaultQueries = Absent.or(disableDefaultQueries, false);
    customQueriesConfigMap = Absent.list(customQueriesConfigMap);
    customQueriesSecret = Absent.list(customQueriesSecret);
    enablePodMonitor = Absent.or(enablePodMonitor, false);
    podMonitorMetricRelabelings = Absent.list(podMonitorMetricRelabelings);
    podMonitorRelabelings = Absent.list(podMonitorRelabelings);
  }
}
