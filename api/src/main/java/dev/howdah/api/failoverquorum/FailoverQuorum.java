// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.failoverquorum;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// What a failover must know about synchronous replication.
@Group("postgresql.cnpg.io")
@Version("v1")
@Plural("failoverquorums")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class FailoverQuorum extends CustomResource<Void, FailoverQuorumStatus>
    implements Namespaced {
  @Override
  protected @Nullable Void initSpec() {
    return null;
  }

  @Override
  protected @Nullable FailoverQuorumStatus initStatus() {
    return null;
  }
}
