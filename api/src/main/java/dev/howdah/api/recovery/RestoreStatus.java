// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// How it goes.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RestoreStatus(
    @Field("What is going on: Stopping, Restoring, Starting, Completed or Failed")
        @Nullable String phase,
    @Field("What that means, and what to do") @Nullable String message,
    @Field("Instance whose volume is restored") @Nullable String instance,
    @Field(value = "When it began", format = "date-time") @Nullable String startedAt,
    @Field(value = "When it ended", format = "date-time") @Nullable String endedAt,
    @Field("How often its job ended without saying how; after three times the data is put back")
        @Nullable Integer tries,
    @Field("What the job failed with last; written by it") @Nullable String lastError,
    @Field("What the instance's job said; written by it") @Nullable Outcome outcome) {
  /// What became of the data.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Outcome(
      @Field(value = "Restored, or Unchanged: the data is as it was before", required = true)
          String result,
      @Field("Why not") @Nullable String message,
      @Field("Base backup that was restored") @Nullable String backupId,
      @Field("Size of what was copied back") @Nullable Long bytes,
      @Field("WAL files that were replayed") @Nullable Long walFiles,
      @Field(value = "The newest commit that is there", format = "date-time")
          @Nullable String newestCommit,
      @Field("Where the data of before is kept, on the volume") @Nullable String keptAs) {}
}
