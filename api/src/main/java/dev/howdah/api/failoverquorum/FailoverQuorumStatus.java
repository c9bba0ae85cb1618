// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.failoverquorum;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Synchronous replication as the primary last set it.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record FailoverQuorumStatus(
    @Field("Any of the standbys, or the first ones of the list") @Nullable String method,
    @Field("Standbys that may confirm commits") List<String> standbyNames,
    @Field("How many must confirm") @Nullable Integer standbyNumber,
    @Field("Primary that wrote this") @Nullable String primary) {
  public FailoverQuorumStatus {
    standbyNames = Absent.list(standbyNames);
  }
}
