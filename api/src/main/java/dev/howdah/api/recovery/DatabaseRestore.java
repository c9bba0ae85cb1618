// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// Brings one database, or some of its tables, back from an earlier moment.
@Group("howdah.dev")
@Version("v1alpha1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class DatabaseRestore extends CustomResource<DatabaseRestoreSpec, DatabaseRestoreStatus>
    implements Namespaced {
  @Override
  protected @Nullable DatabaseRestoreSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable DatabaseRestoreStatus initStatus() {
    return null;
  }
}
