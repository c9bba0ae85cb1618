// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// The catalog, and the major in it, that a cluster's image comes from.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ImageCatalogReference(
    @Field("Group of the catalog: postgresql.cnpg.io") @Nullable String apiGroup,
    @Field(value = "Kind of the catalog: ImageCatalog or ClusterImageCatalog", required = true)
        String kind,
    @Field(value = "Name of the catalog", required = true) String name,
    @Field(value = "PostgreSQL major to take", required = true) Integer major) {
  public ImageCatalogReference {
    kind = Absent.or(kind, "");
    name = Absent.or(name, "");
    major = Absent.or(major, 0);
  }
}
