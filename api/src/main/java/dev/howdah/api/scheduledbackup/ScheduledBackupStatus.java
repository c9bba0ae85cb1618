// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.scheduledbackup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// How the schedule goes.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ScheduledBackupStatus(
    @Field(value = "When the schedule was last looked at", format = "date-time")
        @Nullable String lastCheckTime,
    @Field(value = "When a backup was last due", format = "date-time")
        @Nullable String lastScheduleTime,
    @Field(value = "When a backup is due next", format = "date-time")
        @Nullable String nextScheduleTime,
    @Field("What is wrong with the definition") @Nullable String error) {}
