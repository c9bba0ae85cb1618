// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL cluster: a primary, its standbys, and everything that belongs to them.
@Group("postgresql.cnpg.io")
@Version("v1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class Cluster extends CustomResource<ClusterSpec, ClusterStatus> implements Namespaced {
  @Override
  protected @Nullable ClusterSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable ClusterStatus initStatus() {
    return null;
  }
}
