// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.meta;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;

/// One key of a Secret or ConfigMap in the same namespace.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record KeyReference(
    @Field(value = "Name of the object", required = true) String name,
    @Field(value = "Key within the object", required = true) String key) {
  public KeyReference {
    name = Absent.or(name, "");
    key = Absent.or(key, "");
  }
}
