// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// How it goes.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DatabaseRestoreStatus(
    @Field("What is going on: Waiting, Recovering, Copying, Completed or Failed")
        @Nullable String phase,
    @Field("What that means, and what to do") @Nullable String message,
    @Field("The temporary Cluster") @Nullable String temporaryCluster,
    @Field("Address of the temporary instance") @Nullable String source,
    @Field(value = "When it began", format = "date-time") @Nullable String startedAt,
    @Field(value = "When it ended", format = "date-time") @Nullable String endedAt,
    @Field("What the primary's copying came to; written by it") @Nullable Copy copy) {
  /// What the primary's copying came to.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Copy(
      @Field("Running, Copied or Failed") @Nullable String result,
      @Field("Why it failed") @Nullable String message,
      @Field("Instance that copies") @Nullable String instance,
      @Field("Bytes that have come from the temporary instance") @Nullable Long bytes,
      @Field("Database that has the data now") @Nullable String database,
      @Field("Name under which the replaced database is kept") @Nullable String replacedAs) {}
}
