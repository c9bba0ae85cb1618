// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the drills went.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RestoreDrillStatus(
    @Field("What is going on: Waiting, Restoring, Checking") @Nullable String phase,
    @Field("How the last drill ended: Succeeded or Failed") @Nullable String lastResult,
    @Field("Why the last drill failed, and what to do") @Nullable String message,
    @Field(value = "When the last drill that succeeded ended", format = "date-time")
        @Nullable String lastSuccessTime,
    @Field("How many drills have succeeded so far") @Nullable Integer succeeded,
    @Field("How many drills have failed so far") @Nullable Integer failed,
    @Field(value = "When the schedule was last looked at", format = "date-time")
        @Nullable String lastCheckTime,
    @Field(value = "When a drill is due next", format = "date-time")
        @Nullable String nextScheduleTime,
    @Field("The request that was last answered: annotation howdah.dev/drillRequested")
        @Nullable String answeredRequest,
    @Field("The drill that runs") @Nullable Run current,
    @Field("Drills that ended, the newest first") List<Run> history) {
  public RestoreDrillStatus {
    history = Absent.list(history);
  }

  /// One drill.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Run(
      @Field(value = "The throw-away Cluster", required = true) String name,
      @Field(value = "When it began", format = "date-time") @Nullable String startedAt,
      @Field(value = "When the restored server took sessions", format = "date-time")
          @Nullable String recoveredAt,
      @Field(value = "When it ended", format = "date-time") @Nullable String endedAt,
      @Field("Whether the throw-away Cluster was made") @Nullable Boolean created,
      @Field("Succeeded or Failed") @Nullable String result,
      @Field("Why it failed, and what to do") @Nullable String message,
      @Field("Base backup that was restored") @Nullable String backupId,
      @Field("Size of the restored data") @Nullable Long bytes,
      @Field("WAL files that were replayed") @Nullable Long walFiles,
      @Field("Seconds until the restored server took sessions: the recovery time")
          @Nullable Long recoverySeconds,
      @Field(value = "The newest commit that came back", format = "date-time")
          @Nullable String newestCommit,
      @Field("Age of the newest commit when the drill began, in seconds: the recovery point")
          @Nullable Long recoveryPointSeconds,
      @Field("What was checked") List<Check> checks) {
    public Run {
      name = Absent.or(name, "");
      checks = Absent.list(checks);
    }
  }

  /// What was checked, and how it went.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Check(
      @Field(value = "What was checked", required = true) String name,
      @Field("Whether it was as it must be") @Nullable Boolean passed,
      @Field("What was found") @Nullable String message) {
    public Check {
      name = Absent.or(name, "");
    }
  }
}
