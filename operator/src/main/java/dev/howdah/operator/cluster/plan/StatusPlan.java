// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Json;
import dev.howdah.operator.cluster.desired.ManagerOffer;
import dev.howdah.operator.cluster.desired.SecretNames;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.observed.ObservedNode;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.observed.ObservedSecret;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.tree.Tree;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The fields of the status that the operator writes. `currentPrimary` and its time belong to the
/// primary; the target is written by its own action.
public final class StatusPlan {
  /// The fields of the status that the operator owns: what a patch may speak of.
  public static final List<String> OWNED =
      List.of(
          "instances",
          "readyInstances",
          "selector",
          "instanceNames",
          "instancesStatus",
          "instancesReportedState",
          "currentPrimaryFailingSinceTimestamp",
          "timelineID",
          "systemID",
          "phase",
          "phaseReason",
          "conditions",
          "writeService",
          "readService",
          "image",
          "pgDataImageInfo",
          "topology",
          "pvcCount",
          "jobCount",
          "danglingPVC",
          "resizingPVC",
          "initializingPVC",
          "healthyPVC",
          "unusablePVC",
          "latestGeneratedNode",
          "podSelectorRefs",
          "secretsResourceVersion",
          "certificates",
          "onlineUpdateEnabled",
          "cloudNativePGOperatorHash",
          "availableArchitectures",
          "operatorCertificateFingerprint");

  /// Times as the API writes them in its status.
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final DateTimeFormatter GO =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss '+0000 UTC'").withZone(ZoneOffset.UTC);

  private StatusPlan() {}

  /// A time as `status.targetPrimaryTimestamp` and others have it.
  public static String timestamp(Instant instant) {
    return MICROS.format(instant);
  }

  static @Nullable Instant instant(String text) {
    try {
      return text.isEmpty() ? null : Instant.parse(text);
    } catch (DateTimeParseException _) {
      return null;
    }
  }

  static ObjectNode decide(ClusterView view, Draft draft) {
    ObjectNode status = Json.object();
    List<Instance> existing = view.existing();
    status.put("instances", existing.size());
    status.put("readyInstances", existing.stream().filter(Instance::ready).count());
    status.put(
        "selector",
        "%s=%s,%s=%s"
            .formatted(
                Labels.CLUSTER, view.cluster().name(), Labels.POD_ROLE, Labels.POD_ROLE_INSTANCE));
    status.set("instanceNames", Tree.listOf(existing.stream().map(Instance::name).toList()));
    setUnlessEmpty(status, "instancesStatus", byState(view));
    setUnlessEmpty(status, "instancesReportedState", reported(view));
    failingSince(view, status);
    timeline(view, status);
    status.put("writeService", ObjectNames.readWriteService(view.cluster().name()));
    status.put("readService", ObjectNames.readService(view.cluster().name()));
    image(view, status);
    setUnlessEmpty(status, "topology", topology(view));
    volumes(view, status);
    secrets(view, status);
    status.put("phase", draft.phase());
    status.put("phaseReason", draft.phaseReason());
    status.set("conditions", ConditionsPlan.decide(view, draft));
    return status;
  }

  private static void setUnlessEmpty(ObjectNode status, String field, ObjectNode value) {
    if (!value.isEmpty()) {
      status.set(field, value);
    }
  }

  private static ObjectNode byState(ClusterView view) {
    var lists = new TreeMap<String, List<String>>();
    for (ObservedPod pod : view.pods()) {
      String state = pod.ended() ? "failed" : pod.ready() ? "healthy" : "replicating";
      lists.computeIfAbsent(state, _ -> new ArrayList<>()).add(pod.name());
    }
    ObjectNode tree = Json.object();
    lists.forEach((state, names) -> tree.set(state, Tree.listOf(names.stream().sorted().toList())));
    return tree;
  }

  private static ObjectNode reported(ClusterView view) {
    ObjectNode all = Json.object();
    for (Instance instance : view.existing()) {
      if (instance.pod() != null && instance.report() != null) {
        InstanceReport said = instance.said();
        all.set(
            instance.name(),
            Tree.map(
                "isPrimary",
                said.primary(),
                "timeLineID",
                said.timeline() == 0 ? null : said.timeline(),
                "ip",
                instance.pod().ip().isEmpty() ? null : instance.pod().ip()));
      }
    }
    return all;
  }

  private static void failingSince(ClusterView view, ObjectNode status) {
    if (LeadershipPlan.failing(view)) {
      String since = view.cluster().status("currentPrimaryFailingSinceTimestamp");
      status.put(
          "currentPrimaryFailingSinceTimestamp", since.isEmpty() ? timestamp(view.now()) : since);
    }
  }

  private static void timeline(ClusterView view, ObjectNode status) {
    keep(view, status, "timelineID");
    keep(view, status, "systemID");
    for (Instance instance : view.existing()) {
      if (instance.reports() && !instance.said().systemId().isEmpty()) {
        status.put("systemID", instance.said().systemId());
      }
    }
    view.instance(view.holder())
        .filter(i -> i.reports() && i.said().primary() && i.said().timeline() > 0)
        .ifPresent(i -> status.put("timelineID", i.said().timeline()));
  }

  private static void keep(ClusterView view, ObjectNode status, String field) {
    if (view.cluster().status().has(field)) {
      status.set(field, view.cluster().status().get(field));
    }
  }

  private static void image(ClusterView view, ObjectNode status) {
    var image = view.blueprint().image();
    status.put("image", image.name());
    status.put("onlineUpdateEnabled", view.blueprint().settings().inPlaceManagerUpdates());
    offer(view, status);
    keep(view, status, "pgDataImageInfo");
    keep(view, status, "latestGeneratedNode");
    if (!view.existing().isEmpty()) {
      status.set("pgDataImageInfo", Tree.map("image", image.name(), "majorVersion", image.major()));
    }
    if (view.initialized()) {
      int highest = view.existing().isEmpty() ? 0 : view.existing().getLast().serial();
      status.put(
          "latestGeneratedNode",
          Math.max(highest, view.cluster().status().path("latestGeneratedNode").asInt(0)));
    }
  }

  /// What instances take from whom; nothing where they are updated by new pods.
  private static void offer(ClusterView view, ObjectNode status) {
    ManagerOffer offer = view.blueprint().offer();
    if (!offer.isNone() && view.blueprint().settings().inPlaceManagerUpdates()) {
      status.put("cloudNativePGOperatorHash", offer.hash());
      status.set(
          "availableArchitectures",
          Tree.list(Tree.map("goArch", offer.architecture(), "hash", offer.hash())));
      status.put("operatorCertificateFingerprint", offer.fingerprint());
    }
  }

  private static ObjectNode topology(ClusterView view) {
    Set<String> nodes = new HashSet<>();
    Set<String> keys = topologyKeys(view);
    Set<String> podKeys = podKeys(view);
    ObjectNode instances = Json.object();
    boolean complete = true;
    for (Instance instance : view.existing()) {
      ObservedPod pod = instance.pod();
      if (pod == null || pod.node().isEmpty()) {
        continue;
      }
      nodes.add(pod.node());
      ObjectNode labels = Json.object();
      ObservedNode node = view.nodes().get(pod.node());
      complete &= node != null || keys.isEmpty();
      for (String key : keys) {
        labels.put(key, node == null ? "" : node.labels().getOrDefault(key, ""));
      }
      for (String key : podKeys) {
        labels.put(key, pod.meta().label(key));
      }
      instances.set(instance.name(), labels);
    }
    return nodes.isEmpty()
        ? Json.object()
        : Tree.map(
            "instances", instances, "nodesUsed", nodes.size(), "successfullyExtracted", complete);
  }

  private static Set<String> topologyKeys(ClusterView view) {
    var keys = new TreeSet<String>();
    var postgresql = view.blueprint().spec().postgresql();
    if (postgresql != null && postgresql.syncReplicaElectionConstraint() != null) {
      keys.addAll(postgresql.syncReplicaElectionConstraint().nodeLabelsAntiAffinity());
    }
    if (postgresql != null && postgresql.synchronous() != null) {
      keys.addAll(postgresql.synchronous().nodeFailureDomainKeys());
    }
    return keys;
  }

  private static Set<String> podKeys(ClusterView view) {
    var postgresql = view.blueprint().spec().postgresql();
    return postgresql == null || postgresql.synchronous() == null
        ? Set.of()
        : new TreeSet<>(postgresql.synchronous().podFailureDomainKeys());
  }

  private static void volumes(ClusterView view, ObjectNode status) {
    var lists = new TreeMap<String, List<String>>();
    for (Instance instance : view.existing()) {
      for (ObservedVolume volume : instance.volumes()) {
        String list =
            instance.initializing() && instance.job() != null
                ? "initializingPVC"
                : instance.pod() == null
                    ? "danglingPVC"
                    : volume.resizing() ? "resizingPVC" : "healthyPVC";
        lists.computeIfAbsent(list, _ -> new ArrayList<>()).add(volume.name());
      }
    }
    for (Instance instance : view.instances()) {
      if (!instance.exists()) {
        instance.volumes().stream()
            .map(ObservedVolume::name)
            .forEach(n -> lists.computeIfAbsent("unusablePVC", _ -> new ArrayList<>()).add(n));
      }
    }
    lists.forEach((list, names) -> status.set(list, Tree.listOf(names)));
    status.put("pvcCount", view.volumes().size());
    if (!view.jobs().isEmpty()) {
      status.put("jobCount", view.jobs().size());
    }
  }

  private static void secrets(ClusterView view, ObjectNode status) {
    var names = SecretNames.of(view.blueprint());
    ObjectNode versions = Json.object();
    version(view, versions, "superuserSecretVersion", names.superuser());
    version(view, versions, "replicationSecretVersion", names.replication());
    version(view, versions, "clientCaSecretVersion", names.clientCa());
    version(view, versions, "serverCaSecretVersion", names.serverCa());
    version(view, versions, "serverSecretVersion", names.serverTls());
    SecretNames.application(view.blueprint())
        .ifPresent(app -> version(view, versions, "applicationSecretVersion", app.secret()));
    setUnlessEmpty(status, "secretsResourceVersion", versions);
    ObjectNode expirations = Json.object();
    for (String name :
        new TreeSet<>(
            List.of(names.serverCa(), names.serverTls(), names.clientCa(), names.replication()))) {
      ObservedSecret secret = view.secrets().get(name);
      if (secret != null && secret.certificate() != null) {
        expirations.put(name, GO.format(secret.certificate().notAfter()));
      }
    }
    var given = view.blueprint().spec().certificates();
    status.set(
        "certificates",
        Tree.map(
            "serverCASecret",
            names.serverCa(),
            "serverTLSSecret",
            names.serverTls(),
            "clientCASecret",
            names.clientCa(),
            "replicationTLSSecret",
            names.replication(),
            "serverAltDNSNames",
            given == null || given.serverAltDnsNames().isEmpty()
                ? null
                : Tree.listOf(given.serverAltDnsNames()),
            "expirations",
            expirations));
  }

  private static void version(ClusterView view, ObjectNode versions, String field, String secret) {
    ObservedSecret there = view.secrets().get(secret);
    if (there != null) {
      versions.put(field, there.meta().version());
    }
  }
}
