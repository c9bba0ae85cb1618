// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// A place for base backups and WAL, which plugins refer to.
@Group("barmancloud.cnpg.io")
@Version("v1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class ObjectStore extends CustomResource<ObjectStoreSpec, ObjectStoreStatus>
    implements Namespaced {
  @Override
  protected @Nullable ObjectStoreSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable ObjectStoreStatus initStatus() {
    return null;
  }
}
