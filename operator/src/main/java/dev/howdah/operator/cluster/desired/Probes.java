// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.operator.tree.Tree;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The probes of an instance.
final class Probes {
  private static final int PERIOD = 10;

  /// A new instance counts, and others are cloned from it, when its startup probe has succeeded:
  /// asked every ten seconds, a cluster of three would be healthy ten to twenty seconds later.
  private static final int STARTUP_PERIOD = 1;

  private static final int TIMEOUT = 5;
  private static final List<String> FIELDS =
      List.of(
          "initialDelaySeconds",
          "timeoutSeconds",
          "periodSeconds",
          "successThreshold",
          "failureThreshold",
          "terminationGracePeriodSeconds");

  /// An instance manager that doesn't answer can't stop PostgreSQL in good order either, and its
  /// guard has ended the server by then: waiting out `stopDelay` would only keep the instance away.
  private static final int HUNG_GRACE = 5;

  private Probes() {}

  /// Sets the three probes of a container.
  static void set(Blueprint blueprint, ObjectNode container) {
    var spec = blueprint.spec();
    var given = spec.probes();
    ObjectNode startup =
        probe("/startupz", STARTUP_PERIOD, Tree.of(given == null ? null : given.startup()));
    int period = startup.path("periodSeconds").asInt(STARTUP_PERIOD);
    threshold(startup, spec.startDelay(), period);
    container.set("startupProbe", startup);
    ObjectNode readiness =
        probe("/readyz", PERIOD, Tree.of(given == null ? null : given.readiness()));
    // nothing is ended when this one fails, and an API server refuses pods that speak of it here
    readiness.remove("terminationGracePeriodSeconds");
    container.set("readinessProbe", readiness);
    ObjectNode liveness =
        probe("/healthz", PERIOD, Tree.of(given == null ? null : given.liveness()));
    if (spec.livenessProbeTimeout() != null) {
      threshold(
          liveness, spec.livenessProbeTimeout(), liveness.path("periodSeconds").asInt(PERIOD));
    }
    if (!liveness.has("terminationGracePeriodSeconds")) {
      liveness.put("terminationGracePeriodSeconds", HUNG_GRACE);
    }
    container.set("livenessProbe", liveness);
  }

  private static ObjectNode probe(String path, int period, @Nullable JsonNode given) {
    ObjectNode probe =
        Tree.map(
            "httpGet",
            Tree.map("path", path, "port", InstancePod.STATUS_PORT, "scheme", "HTTPS"),
            "periodSeconds",
            period,
            "timeoutSeconds",
            TIMEOUT);
    if (given != null) {
      for (String field : FIELDS) {
        if (given.path(field).asLong(0) != 0) {
          probe.set(field, given.get(field));
        }
      }
    }
    return probe;
  }

  /// As many failures as fit into the time, unless the user has said how many.
  private static void threshold(ObjectNode probe, int seconds, int period) {
    if (!probe.has("failureThreshold")) {
      probe.put(
          "failureThreshold",
          seconds <= period ? 1 : (int) Math.ceilDiv((long) seconds, (long) period));
    }
  }
}
