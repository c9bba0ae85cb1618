// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.JsonNode;

/// Whether a Cluster follows another one.
public final class Replica {
  private Replica() {}

  public static boolean isReplica(JsonNode cluster) {
    JsonNode replica = cluster.path("spec").path("replica");
    if (!replica.isObject()) {
      return false;
    }
    if (replica.hasNonNull("enabled")) {
      return replica.path("enabled").asBoolean(false);
    }
    String self = replica.path("self").asText("");
    String own = self.isEmpty() ? cluster.path("metadata").path("name").asText("") : self;
    return !own.equals(replica.path("primary").asText(""));
  }
}
