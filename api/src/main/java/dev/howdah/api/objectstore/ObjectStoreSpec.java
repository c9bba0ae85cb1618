// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// What an ObjectStore describes.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ObjectStoreSpec(
    @Field(value = "The store, its credentials and how data is written there", required = true)
        BarmanObjectStore configuration,
    @Field(
            value = "How long base backups and the WAL they need are kept, such as 30d",
            pattern = "^[1-9][0-9]*[dwm]$")
        @Nullable String retentionPolicy,
    @Field(value = "Settings of what archives in the instances' pods", defaultsTo = "{}")
        @Nullable InstanceSidecarConfiguration instanceSidecarConfiguration) {}
