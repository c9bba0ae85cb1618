// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.operator.cluster.observed.InstanceReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where a forecast begins: a Cluster as it stands and everything of it that could be read.
///
/// @param live the Cluster as the server has it; null where there is none yet
/// @param objects all that belongs to it or that it refers to
/// @param reports of instances that answered, by the UID of their pod
/// @param catalogs image catalogs, in its namespace or of no namespace
/// @param unread kinds that may not be read: what there is of them is taken to be as it should
public record Situation(
    @Nullable ObjectNode live,
    List<ObjectNode> objects,
    Map<String, InstanceReport> reports,
    List<JsonNode> catalogs,
    Set<String> unread,
    Instant now) {
  public Situation {
    objects = List.copyOf(objects);
    reports = Map.copyOf(reports);
    catalogs = List.copyOf(catalogs);
    unread = Set.copyOf(unread);
  }

  /// Nothing there yet.
  public static Situation empty(Instant now) {
    return new Situation(null, List.of(), Map.of(), List.of(), Set.of(), now);
  }
}
