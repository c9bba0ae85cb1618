// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.pooler;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.MonitoringTls;
import dev.howdah.api.meta.RelabelConfig;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Metrics of poolers.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PoolerMonitoring(
    @Field(value = "Make a PodMonitor", defaultsTo = "false", deprecated = true)
        Boolean enablePodMonitor,
    @Field(value = "Relabelling of samples", deprecated = true)
        List<RelabelConfig> podMonitorMetricRelabelings,
    @Field(value = "Relabelling of targets", deprecated = true)
        List<RelabelConfig> podMonitorRelabelings,
    @Field("TLS of the metrics endpoint") @Nullable MonitoringTls tls) {
  public PoolerMonitoring {
    enablePodMonitor = Absent.or(enablePodMonitor, false);
    podMonitorMetricRelabelings = Absent.list(podMonitorMetricRelabelings);
    podMonitorRelabelings = Absent.list(podMonitorRelabelings);
  }
}
