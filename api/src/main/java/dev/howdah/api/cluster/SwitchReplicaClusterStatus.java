// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// The becoming of a replica cluster.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SwitchReplicaClusterStatus(
    @Field("Whether it is going on") @Nullable Boolean inProgress) {}
