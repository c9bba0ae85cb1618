// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.catalog.ExtensionConfiguration;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;

/// An image that the data runs with.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ImageInfo(
    @Field(value = "Image", required = true) String image,
    @Field(value = "PostgreSQL major", required = true) Integer majorVersion,
    @Field("Extensions that come as images") List<ExtensionConfiguration> extensions) {
  public ImageInfo {
    image = Absent.or(image, "");
    majorVersion = Absent.or(majorVersion, 0);
    extensions = Absent.list(extensions);
  }
}
