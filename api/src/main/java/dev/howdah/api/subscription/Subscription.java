// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.subscription;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// What a database receives from a publication.
@Group("postgresql.cnpg.io")
@Version("v1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class Subscription extends CustomResource<SubscriptionSpec, SubscriptionStatus>
    implements Namespaced {
  @Override
  protected @Nullable SubscriptionSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable SubscriptionStatus initStatus() {
    return null;
  }
}
