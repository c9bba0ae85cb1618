// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.InstancePod;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.tree.Tree;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/// Keeps labels and annotations of pods and volumes in step: the role of each, and what all objects
/// of the cluster carry. The new primary labels itself first; this puts right what is left.
final class LabelsPlan {
  /// How long a pod may be labelled as the primary after the Lease was given back.
  private static final Duration GRACE = Duration.ofSeconds(2);

  private LabelsPlan() {}

  static void decide(ClusterView view, Draft draft) {
    Map<String, String> labels = view.blueprint().appLabels();
    Map<String, String> annotations = view.blueprint().inheritedAnnotations();
    for (Instance instance : view.instances()) {
      String role = role(view, instance);
      ObservedPod pod = instance.pod();
      if (pod != null && pod.active()) {
        keep(Resource.PODS, pod.meta(), labels, annotations, role, draft);
      }
      String volumeRole = view.holder().isEmpty() || role.isEmpty() ? "" : role;
      for (ObservedVolume volume : instance.volumes()) {
        keep(
            Resource.PERSISTENT_VOLUME_CLAIMS,
            volume.meta(),
            labels,
            annotations,
            volumeRole,
            draft);
      }
    }
  }

  /// Empty: leave it as it is.
  private static String role(ClusterView view, Instance instance) {
    String holder = view.holder();
    if (!holder.isEmpty()) {
      return instance.name().equals(holder) ? Labels.PRIMARY : Labels.REPLICA;
    }
    ObservedPod pod = instance.pod();
    if (pod == null || !pod.role().equals(Labels.PRIMARY)) {
      return "";
    }
    boolean over =
        Duration.between(view.memory().holderChanged(), view.now()).compareTo(GRACE) >= 0;
    return over && view.lease() != null ? Labels.UNHEALTHY : "";
  }

  private static void keep(
      Resource resource,
      Meta meta,
      Map<String, String> labels,
      Map<String, String> annotations,
      String role,
      Draft draft) {
    var wanted = new TreeMap<>(labels);
    if (!role.isEmpty()) {
      wanted.putAll(InstancePod.roleLabels(role));
    }
    ObjectNode metadata = Json.object();
    String why = difference("label", wanted, meta.labels(), metadata, "labels");
    String why2 =
        difference("annotation", annotations, meta.annotations(), metadata, "annotations");
    if (metadata.isEmpty()) {
      return;
    }
    draft.add(
        new Action.Merge(
            resource,
            meta,
            Tree.map("metadata", metadata),
            meta.label(Labels.INSTANCE_NAME),
            why.isEmpty() ? why2 : why));
  }

  private static String difference(
      String what,
      Map<String, String> wanted,
      Map<String, String> there,
      ObjectNode metadata,
      String field) {
    String first = "";
    for (Map.Entry<String, String> entry : wanted.entrySet()) {
      String now = there.get(entry.getKey());
      if (!entry.getValue().equals(now)) {
        metadata.withObject("/" + field).put(entry.getKey(), entry.getValue());
        if (first.isEmpty()) {
          first =
              "%s %s is %s instead of %s"
                  .formatted(what, entry.getKey(), now == null ? "not set" : now, entry.getValue());
        }
      }
    }
    return first;
  }
}
