// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// Details of a snapshot taken while the server runs.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record OnlineConfiguration(
    @Field(value = "Wait until the WAL that the snapshot needs is archived", defaultsTo = "true")
        Boolean waitForArchive,
    @Field("Begin with a fast checkpoint instead of a spread one")
        @Nullable Boolean immediateCheckpoint) {
  public OnlineConfiguration {
    waitForArchive = Absent.or(waitForArchive, true);
  }
}
