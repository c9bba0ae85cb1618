// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.pooler;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Metadata;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.PodSpec;
import org.jspecify.annotations.Nullable;

/// A pod to begin with.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PodTemplate(
    @Field("Labels and annotations to add") @Nullable Metadata metadata,
    @Field("Specification to complete; its container pgbouncer is the pooler")
        @Nullable PodSpec spec) {}
