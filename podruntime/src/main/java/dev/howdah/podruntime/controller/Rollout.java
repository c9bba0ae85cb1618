// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import com.fasterxml.jackson.databind.JsonNode;

/// Decides how many replicas the new and the old ReplicaSets of a Deployment get next. Pure.
///
/// @param fresh replicas of the new one
/// @param old replicas of all old ones together
record Rollout(int fresh, int old) {
  /// What is decided on.
  ///
  /// @param available available replicas of new and old ones together
  record View(JsonNode deployment, int fresh, int old, int oldPods, int available) {
    int wanted() {
      return deployment.path("spec").path("replicas").asInt(1);
    }
  }

  static Rollout decide(View view) {
    int wanted = view.wanted();
    JsonNode strategy = view.deployment.path("spec").path("strategy");
    if (strategy.path("type").asText().equals("Recreate")) {
      return view.old > 0 || view.oldPods > 0 ? new Rollout(view.fresh, 0) : new Rollout(wanted, 0);
    }
    JsonNode rolling = strategy.path("rollingUpdate");
    int surge = amount(rolling.path("maxSurge"), wanted, true);
    int unavailable = amount(rolling.path("maxUnavailable"), wanted, false);
    if (surge == 0 && unavailable == 0) {
      unavailable = 1;
    }
    int fresh = Math.min(wanted, Math.max(view.fresh, wanted + surge - view.old));
    int least = wanted - unavailable;
    int removable = Math.max(0, view.available - least);
    int old = Math.max(0, view.old - removable);
    return new Rollout(fresh, old);
  }

  /// A number or a percentage; 25% when absent.
  static int amount(JsonNode value, int of, boolean up) {
    if (value.isNumber()) {
      return value.asInt();
    }
    String text = value.asText("25%");
    double share = Double.parseDouble((text.isEmpty() ? "25%" : text).replace("%", "")) / 100;
    return (int) (up ? Math.ceil(of * share) : Math.floor(of * share));
  }
}
