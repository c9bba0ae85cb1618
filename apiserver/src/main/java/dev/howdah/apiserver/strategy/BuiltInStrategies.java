// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Store;
import java.time.InstantSource;
import java.util.HashMap;

/// Puts the strategies of the built-in kinds together.
public final class BuiltInStrategies {
  private BuiltInStrategies() {}

  /// The strategies over a store; Services get addresses from the range.
  public static Strategies create(
      Store store, ResourceTypes types, String serviceRange, InstantSource clock) {
    var all = new HashMap<GroupResource, Strategy>();
    all.put(new GroupResource("", "namespaces"), new NamespaceStrategy());
    all.put(
        new GroupResource("apiextensions.k8s.io", "customresourcedefinitions"),
        new DefinitionStrategy(types, clock));
    return new Strategies(all);
  }
}
