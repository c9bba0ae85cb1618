// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;

/// An environment variable that an extension needs.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ExtensionEnvironment(
    @Field(
            value = "Name of the variable",
            required = true,
            minLength = 1,
            pattern = "^[a-zA-Z_][a-zA-Z0-9_]*$")
        @Cel(
            value = "!(self in ['PATH', 'LD_LIBRARY_PATH'])",
            message = "made of bin_path and ld_library_path; use these")
        String name,
    @Field(
            value = "Value, in which ${image_root} stands for where the image is mounted",
            required = true,
            minLength = 1)
        String value) {
  public ExtensionEnvironment {
    name = Absent.or(name, "");
    value = Absent.or(value, "");
  }
}
