// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// Images for PostgreSQL majors, for the clusters of a namespace.
@Group("postgresql.cnpg.io")
@Version("v1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class ImageCatalog extends CustomResource<ImageCatalogSpec, Void> implements Namespaced {
  @Override
  protected @Nullable ImageCatalogSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable Void initStatus() {
    return null;
  }
}
