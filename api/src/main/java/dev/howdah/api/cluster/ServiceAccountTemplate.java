// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Metadata;
import dev.howdah.api.schema.Field;

/// Labels and annotations of the ServiceAccount that is made.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ServiceAccountTemplate(
    @Field(value = "Labels and annotations to add", required = true) Metadata metadata) {}
