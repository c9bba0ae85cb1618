// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.database;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a Database stands.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DatabaseStatus(
    @Field("Generation that was last dealt with") @Nullable Long observedGeneration,
    @Field("Whether the database is as described") @Nullable Boolean applied,
    @Field("What went wrong") @Nullable String message,
    @Field("State of the schemas") List<ObjectState> schemas,
    @Field("State of the extensions") List<ObjectState> extensions,
    @Field("State of the foreign data wrappers") List<ObjectState> fdws,
    @Field("State of the foreign servers") List<ObjectState> servers) {
  public DatabaseStatus {
    schemas = Absent.list(schemas);
    extensions = Absent.list(extensions);
    fdws = Absent.list(fdws);
    servers = Absent.list(servers);
  }

  /// State of an object in the database.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ObjectState(
      @Field(value = "Name", required = true) String name,
      @Field(value = "Whether it is as described", required = true) Boolean applied,
      @Field("What went wrong") @Nullable String message) {
    public ObjectState {
      name = Absent.or(name, "");
      applied = Absent.or(applied, false);
    }
  }
}
