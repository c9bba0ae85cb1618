// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where instances run.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Topology(
    @Field("Labels of each instance's node") Map<String, Map<String, String>> instances,
    @Field("Number of nodes in use") @Nullable Integer nodesUsed,
    @Field("Whether the labels could be read") @Nullable Boolean successfullyExtracted) {
  public Topology {
    instances = Absent.map(instances);
  }
}
