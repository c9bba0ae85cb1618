// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.meta;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;

/// An object in the same namespace, by name.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LocalReference(@Field(value = "Name of the object", required = true) String name) {
  public LocalReference {
    name = Absent.or(name, "");
  }
}
