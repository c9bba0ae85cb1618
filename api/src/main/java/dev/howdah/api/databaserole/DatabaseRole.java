// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.databaserole;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// A role of a cluster.
@Group("postgresql.cnpg.io")
@Version("v1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class DatabaseRole extends CustomResource<DatabaseRoleSpec, DatabaseRoleStatus>
    implements Namespaced {
  @Override
  protected @Nullable DatabaseRoleSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable DatabaseRoleStatus initStatus() {
    return null;
  }
}
