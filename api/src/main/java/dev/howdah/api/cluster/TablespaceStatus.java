// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// State of a tablespace.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TablespaceStatus(
    @Field(value = "Name", required = true) String name,
    @Field("Owner") @Nullable String owner,
    @Field(value = "State: reconciled or pending", required = true) String state,
    @Field("What went wrong") @Nullable String error) {
  public TablespaceStatus {
    name = Absent.or(name, "");
    state = Absent.or(state, "");
  }
}
