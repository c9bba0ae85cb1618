// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/// Fields that are kept but have no effect yet, so that nothing is silently ignored.
///
/// Whoever makes one work takes it off the list.
public final class UnsupportedFields {
  private static final List<String> NOT_YET =
      List.of(
          "bootstrap.initdb.import",
          "bootstrap.recovery",
          "bootstrap.pg_basebackup",
          "replica",
          "plugins",
          "backup",
          "tablespaces",
          "podSelectorRefs",
          "managed.roles",
          "monitoring.customQueriesConfigMap",
          "monitoring.customQueriesSecret",
          "monitoring.enablePodMonitor",
          "postgresql.synchronous.podFailureDomainKeys",
          "postgresql.synchronous.nodeFailureDomainKeys",
          "postgresql.syncReplicaElectionConstraint");

  private UnsupportedFields() {}

  /// Those that a specification sets, as paths.
  public static List<String> in(JsonNode spec) {
    return NOT_YET.stream().filter(path -> isSet(spec, path)).map(path -> "spec." + path).toList();
  }

  private static boolean isSet(JsonNode spec, String path) {
    JsonNode node = spec;
    for (String name : path.split("\\.")) {
      node = node.path(name);
    }
    return !node.isMissingNode()
        && !node.isNull()
        && !(node.isContainerNode() && node.isEmpty())
        && !(node.isBoolean() && !node.asBoolean());
  }
}
