// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.publication;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// What a database publishes to subscribers.
@Group("postgresql.cnpg.io")
@Version("v1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class Publication extends CustomResource<PublicationSpec, PublicationStatus>
    implements Namespaced {
  @Override
  protected @Nullable PublicationSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable PublicationStatus initStatus() {
    return null;
  }
}
