// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/// Limits of the volumes that don't outlive a pod.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record EphemeralVolumesSizeLimit(
    @Field("Size of /dev/shm") @Nullable Quantity shm,
    @Field("Size of the scratch folder") @Nullable Quantity temporaryData) {}
