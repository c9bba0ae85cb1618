// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// A tablespace on a volume of its own.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value = "self.name.matches('^[a-zA-Z_][a-zA-Z0-9_$]*$')",
    message = "name: letters, digits, '_' and '$', not beginning with a digit or '$'")
@Cel(
    value = "!self.name.startsWith('pg_')",
    message = "name: pg_ is reserved for PostgreSQL; choose another beginning")
public record TablespaceConfiguration(
    @Field(value = "Name of the tablespace", required = true, minLength = 1, maxLength = 63)
        String name,
    @Field(value = "Its volume", required = true) StorageConfiguration storage,
    @Field("Its owner") @Nullable Owner owner,
    @Field(value = "Use it for temporary files", defaultsTo = "false") Boolean temporary) {
  public TablespaceConfiguration {
    name = Absent.or(name, "");
    temporary = Absent.or(temporary, false);
  }

  /// The owner of a tablespace.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Owner(
      @Field("Role that owns it; by default the owner of the application's database")
          @Nullable String name) {}
}
