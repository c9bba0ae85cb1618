// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// The span of time that a server can be recovered to.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RecoveryWindow(
    @Field(value = "Earliest moment that can be recovered", format = "date-time")
        @Nullable String firstRecoverabilityPoint,
    @Field(value = "When the last good backup ended", format = "date-time")
        @Nullable String lastSuccessfulBackupTime,
    @Field(value = "When the last failed backup ended", format = "date-time")
        @Nullable String lastFailedBackupTime) {}
