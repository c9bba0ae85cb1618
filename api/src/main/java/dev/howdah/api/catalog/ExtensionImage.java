// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// An image mounted as a volume.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ExtensionImage(
    @Field(value = "Image", maxLength = 1024) @Nullable String reference,
    @Field(
            value = "When the image is pulled",
            oneOf = {"Always", "Never", "IfNotPresent"})
        @Nullable String pullPolicy) {}
