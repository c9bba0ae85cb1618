// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// Following of another cluster.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value = "!has(self.enabled) || !(has(self.primary) && self.primary != '')",
    message =
        "enabled and primary exclude each other: enabled is for a replica cluster "
            + "that stands alone, primary for a topology")
@Cel(
    value =
        "!(has(self.promotionToken) && self.promotionToken != '') || " + "!has(self.minApplyDelay)",
    message =
        "promotionToken and minApplyDelay exclude each other: a promotion replays "
            + "everything at once")
public record ReplicaConfiguration(
    @Field(value = "External cluster to follow", required = true, minLength = 1, maxLength = 253)
        String source,
    @Field("Whether this is a replica cluster, where primary isn't given")
        @Nullable Boolean enabled,
    @Field(
            value = "Name of this cluster among the external clusters; by default its own name",
            maxLength = 253)
        @Nullable String self,
    @Field(value = "Name of the cluster that is the primary one", maxLength = 253)
        @Nullable String primary,
    @Field("Token that the demoted primary cluster left; promotion waits until its WAL has arrived")
        @Nullable String promotionToken,
    @Field("How long to wait before changes are replayed") @Nullable String minApplyDelay) {
  public ReplicaConfiguration {
    source = Absent.or(source, "");
  }
}
