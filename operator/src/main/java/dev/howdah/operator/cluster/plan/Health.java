// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.api.names.Phases;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.InstanceReport;
import java.util.stream.Collectors;

/// Whether all is as the Cluster asks, and what keeps it from that.
final class Health {
  private Health() {}

  /// Whether every instance is there and ready, one of them holds the Lease and accepts writes, and
  /// all others stream from it.
  ///
  /// An operator that was just started has asked nobody yet: until then the Cluster is what it was.
  static boolean isHealthy(ClusterView view) {
    boolean before = view.cluster().phase().equals(Phases.HEALTHY);
    return isComplete(view)
        && view.existing().stream()
            .allMatch(i -> (before && i.report() == null) || ailment(view, i).isEmpty());
  }

  /// Whether as many instances as asked for are ready, one of them holding the Lease.
  static boolean isComplete(ClusterView view) {
    String holder = view.holder();
    return view.existing().size() == view.blueprint().spec().instances()
        && view.pods().size() == view.existing().size()
        && !holder.isEmpty()
        && holder.equals(view.cluster().currentPrimary())
        && holder.equals(view.cluster().targetPrimary())
        && view.existing().stream()
            .allMatch(i -> i.ready() && !i.initializing() && !view.fenced(i.name()));
  }

  /// Whether an instance is ready and does what its role asks.
  static boolean isWell(ClusterView view, Instance instance) {
    return instance.ready() && !instance.initializing() && ailment(view, instance).isEmpty();
  }

  /// What a ready instance fails to do; empty when nothing.
  private static String ailment(ClusterView view, Instance instance) {
    InstanceReport said = instance.said();
    if (!said.reachable()) {
      return "doesn't answer the operator: " + said.trouble();
    }
    if (instance.name().equals(view.holder())) {
      return said.primary() || view.blueprint().spec().replica() != null
          ? ""
          : "doesn't accept writes yet";
    }
    if (said.rewinding()) {
      return "is made a standby of the new primary";
    }
    boolean sameTimeline =
        view.instance(view.holder())
            .map(holder -> holder.said().timeline() == said.timeline() || !holder.reports())
            .orElse(true);
    return said.streaming() && !said.primary() && sameTimeline
        ? ""
        : "doesn't stream from the primary yet";
  }

  /// Who isn't ready or well, and why; empty when all are.
  static String waitingFor(ClusterView view) {
    String missing =
        view.existing().stream()
            .map(i -> waitingFor(view, i))
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining("; "));
    return missing.isEmpty() ? "" : "Not ready: " + missing;
  }

  private static String waitingFor(ClusterView view, Instance instance) {
    String name = instance.name();
    if (view.fenced(name)) {
      return name + " (fenced)";
    }
    if (instance.pod() == null) {
      return name + " (no pod yet)";
    }
    if (!instance.ready()) {
      String trouble = instance.pod().trouble();
      return trouble.isEmpty() ? name : name + " (" + trouble + ")";
    }
    String ailment = ailment(view, instance);
    return ailment.isEmpty() ? "" : name + " (" + ailment + ")";
  }
}
