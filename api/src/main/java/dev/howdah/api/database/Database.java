// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.database;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// A database of a cluster, and what is in it.
@Group("postgresql.cnpg.io")
@Version("v1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class Database extends CustomResource<DatabaseSpec, DatabaseStatus> implements Namespaced {
  @Override
  protected @Nullable DatabaseSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable DatabaseStatus initStatus() {
    return null;
  }
}
