// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.store.GroupResource;
import java.util.Map;

/// The strategy of each type.
public final class Strategies {
  private final Map<GroupResource, Strategy> byType;

  public Strategies(Map<GroupResource, Strategy> byType) {
    this.byType = Map.copyOf(byType);
  }

  /// The strategy of a type; plain for custom resources.
  public Strategy of(ResourceType type) {
    return byType.getOrDefault(type.storage(), Strategy.PLAIN);
  }
}
