// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// Proves on a schedule that the backups of a cluster can be restored.
@Group("howdah.dev")
@Version("v1alpha1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class RestoreDrill extends CustomResource<RestoreDrillSpec, RestoreDrillStatus>
    implements Namespaced {
  @Override
  protected @Nullable RestoreDrillSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable RestoreDrillStatus initStatus() {
    return null;
  }
}
