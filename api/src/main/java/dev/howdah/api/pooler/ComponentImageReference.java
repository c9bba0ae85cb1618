// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.pooler;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// The catalog, and the key in it, that a component's image comes from.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ComponentImageReference(
    @Field("Group of the catalog: postgresql.cnpg.io") @Nullable String apiGroup,
    @Field(value = "Kind of the catalog: ImageCatalog or ClusterImageCatalog", required = true)
        String kind,
    @Field(value = "Name of the catalog", required = true) String name,
    @Field(
            value = "Component to take",
            required = true,
            maxLength = 63,
            pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String key) {
  public ComponentImageReference {
    kind = Absent.or(kind, "");
    name = Absent.or(name, "");
    key = Absent.or(key, "");
  }
}
