// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// What an instance last said of itself.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ReportedState(
    @Field(value = "Whether it is the primary", required = true) Boolean isPrimary,
    @JsonProperty("timeLineID") @Field("Its timeline") @Nullable Integer timeLineId,
    @Field("Its address") @Nullable String ip) {
  public ReportedState {
    isPrimary = Absent.or(isPrimary, false);
  }
}
