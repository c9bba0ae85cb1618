// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;

/// Maintenance of nodes.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NodeMaintenanceWindow(
    @Field(value = "Nodes are under maintenance now", defaultsTo = "false") Boolean inProgress,
    @JsonProperty("reusePVC")
        @Field(
            value = "Wait for a node to come back instead of making an instance anew elsewhere",
            defaultsTo = "true")
        Boolean reusePvc) {
  public NodeMaintenanceWindow {
    inProgress = Absent.or(inProgress, false);
    reusePvc = Absent.or(reusePvc, true);
  }
}
