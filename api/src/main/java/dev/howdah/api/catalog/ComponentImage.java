// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;

/// The image of a component other than PostgreSQL.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ComponentImage(
    @Field(
            value = "Name that references use, such as pgbouncer",
            required = true,
            maxLength = 63,
            pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String key,
    @Field(value = "Image", required = true, minLength = 1) String image) {
  public ComponentImage {
    key = Absent.or(key, "");
    image = Absent.or(image, "");
  }
}
