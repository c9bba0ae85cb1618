// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;

/// The images of a catalog.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ImageCatalogSpec(
    @Field(
            value = "Images, one per PostgreSQL major",
            required = true,
            maxItems = 8,
            minItems = 1,
            atomic = true)
        @Cel(
            value = "self.all(x, self.exists_one(y, y.major == x.major))",
            message = "a major may stand here once; remove the other entries for it")
        List<CatalogImage> images,
    @Field(
            value = "Images of other components, such as pgbouncer",
            maxItems = 32,
            mapKeys = {"key"})
        List<ComponentImage> componentImages) {
  public ImageCatalogSpec {
    images = Absent.list(images);
    componentImages = Absent.list(componentImages);
  }
}
