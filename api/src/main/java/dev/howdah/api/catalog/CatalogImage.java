// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;

/// The image of one PostgreSQL major.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CatalogImage(
    @Field(value = "PostgreSQL major", required = true, min = 10) Integer major,
    @Field(value = "Image", required = true, minLength = 1) String image,
    @Field(
            value = "Extension images that go with it",
            maxItems = 64,
            mapKeys = {"name"})
        List<ExtensionConfiguration> extensions) {
  public CatalogImage {
    major = Absent.or(major, 0);
    image = Absent.or(image, "");
    extensions = Absent.list(extensions);
  }
}
