// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// Takes a cluster back to an earlier moment, in place.
@Group("howdah.dev")
@Version("v1alpha1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class Restore extends CustomResource<RestoreSpec, RestoreStatus> implements Namespaced {
  @Override
  protected @Nullable RestoreSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable RestoreStatus initStatus() {
    return null;
  }
}
