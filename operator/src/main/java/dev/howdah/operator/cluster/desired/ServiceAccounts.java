// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The ServiceAccount that instances use.
public final class ServiceAccounts {
  private ServiceAccounts() {}

  /// Absent when the Cluster names one of its user's.
  ///
  /// @param pullSecret the copy of the operator's own pull secret; empty without one
  public static Optional<ObjectNode> desired(Blueprint blueprint, String pullSecret) {
    var spec = blueprint.spec();
    if (spec.serviceAccountName() != null) {
      return Optional.empty();
    }
    Map<String, String> labels = blueprint.labels();
    var annotations = new TreeMap<>(blueprint.annotations());
    var template = spec.serviceAccountTemplate();
    if (template != null && template.metadata() != null) {
      annotations.putAll(template.metadata().annotations());
      template.metadata().labels().forEach(labels::putIfAbsent);
    }
    ObjectNode object =
        blueprint.object(Resource.SERVICE_ACCOUNTS, blueprint.name(), labels, annotations);
    List<String> secrets =
        new ArrayList<>(spec.imagePullSecrets().stream().map(LocalReference::name).toList());
    if (!pullSecret.isEmpty()) {
      secrets.add(pullSecret);
    }
    if (!secrets.isEmpty()) {
      object.set(
          "imagePullSecrets",
          Tree.listOf(secrets.stream().distinct().map(name -> Tree.map("name", name)).toList()));
    }
    object.put("automountServiceAccountToken", false);
    return Optional.of(object);
  }
}
