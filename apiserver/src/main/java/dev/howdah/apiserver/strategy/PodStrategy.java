// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import java.util.ArrayList;
import java.util.List;

/// Pods: given a service account and its token, mostly immutable, and ended with grace.
final class PodStrategy implements Strategy {
  private static final GroupResource PODS = new GroupResource("", "pods");
  private static final GroupResource ACCOUNTS = new GroupResource("", "serviceaccounts");
  private static final GroupResource PRIORITIES =
      new GroupResource("scheduling.k8s.io", "priorityclasses");
  private static final String TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
  private static final long DEFAULT_GRACE = 30;
  private static final int TOKEN_SECONDS = 3607;

  private final Store store;

  PodStrategy(Store store) {
    this.store = store;
  }

  @Override
  public void defaults(ObjectNode object) {
    var spec = Fill.object(object, "spec");
    PodDefaults.apply(spec);
    PodDefaults.requests(spec);
    Fill.flag(spec, "enableServiceLinks", true);
    if (object.get("status") instanceof ObjectNode status) {
      addresses(status, "podIP", "podIPs");
      addresses(status, "hostIP", "hostIPs");
    }
  }

  // The list of addresses begins with the one address of old.
  private static void addresses(ObjectNode status, String one, String many) {
    var address = status.path(one).asText("");
    if (!address.isEmpty() && !status.path(many).path(0).path("ip").asText("").equals(address)) {
      status.putArray(many).addObject().put("ip", address);
    }
  }

  @Override
  public void prepareForCreate(ObjectNode object, boolean dryRun) {
    var spec = Fill.object(object, "spec");
    serviceAccount(object, spec);
    priority(object, spec);
    tolerations(spec);
    var status = object.putObject("status").put("phase", "Pending");
    status.put("qosClass", qualityOfService(spec));
  }

  private void serviceAccount(ObjectNode pod, ObjectNode spec) {
    Fill.text(spec, "serviceAccountName", "default");
    var name = spec.path("serviceAccountName").asText();
    spec.put("serviceAccount", name);
    var account = store.get(ACCOUNTS, new Key(Meta.namespace(pod), name));
    if (account == null) {
      throw ApiException.forbidden(
          PODS,
          Meta.name(pod),
          "error looking up service account %s/%s: serviceaccount \"%s\" not found"
              .formatted(Meta.namespace(pod), name, name));
    }
    var tree = account.tree();
    if (!tree.path("imagePullSecrets").isEmpty() && spec.path("imagePullSecrets").isEmpty()) {
      spec.set("imagePullSecrets", tree.path("imagePullSecrets").deepCopy());
    }
    var wanted = spec.path("automountServiceAccountToken");
    if (wanted.asBoolean(tree.path("automountServiceAccountToken").asBoolean(true))) {
      mountToken(spec, Meta.uid(pod).substring(0, 5));
    }
  }

  private static void mountToken(ObjectNode spec, String suffix) {
    var volume = "kube-api-access-" + suffix;
    var mounted = false;
    for (var kind : List.of("initContainers", "containers")) {
      for (var container : Fill.items(spec, kind)) {
        var has =
            container
                .path("volumeMounts")
                .valueStream()
                .anyMatch(m -> m.path("mountPath").asText().equals(TOKEN_FOLDER));
        if (!has) {
          mounted = true;
          container
              .withArrayProperty("volumeMounts")
              .addObject()
              .put("name", volume)
              .put("readOnly", true)
              .put("mountPath", TOKEN_FOLDER);
        }
      }
    }
    if (mounted) {
      tokenVolume(spec, volume);
    }
  }

  private static void tokenVolume(ObjectNode spec, String name) {
    var projected =
        spec.withArrayProperty("volumes")
            .addObject()
            .put("name", name)
            .putObject("projected")
            .put("defaultMode", 0644);
    var sources = projected.putArray("sources");
    sources
        .addObject()
        .putObject("serviceAccountToken")
        .put("expirationSeconds", TOKEN_SECONDS)
        .put("path", "token");
    var authority = sources.addObject().putObject("configMap").put("name", "kube-root-ca.crt");
    authority.putArray("items").addObject().put("key", "ca.crt").put("path", "ca.crt");
    var namespace = sources.addObject().putObject("downwardAPI").putArray("items").addObject();
    namespace.put("path", "namespace");
    namespace.putObject("fieldRef").put("apiVersion", "v1").put("fieldPath", "metadata.namespace");
  }

  private void priority(ObjectNode pod, ObjectNode spec) {
    var name = spec.path("priorityClassName").asText("");
    if (name.isEmpty()) {
      Fill.number(spec, "priority", 0);
      Fill.text(spec, "preemptionPolicy", "PreemptLowerPriority");
      return;
    }
    if (name.equals("system-cluster-critical") || name.equals("system-node-critical")) {
      Fill.number(spec, "priority", 2_000_000_000);
      return;
    }
    var found = store.get(PRIORITIES, new Key("", name));
    if (found == null) {
      throw ApiException.forbidden(
          PODS, Meta.name(pod), "no PriorityClass with name %s was found".formatted(name));
    }
    var tree = found.tree();
    spec.put("priority", tree.path("value").asInt());
    spec.put("preemptionPolicy", tree.path("preemptionPolicy").asText("PreemptLowerPriority"));
  }

  // A pod stays on a node that is lost for five minutes, unless it says otherwise.
  private static void tolerations(ObjectNode spec) {
    for (var taint : List.of("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")) {
      var known =
          Fill.items(spec, "tolerations").stream()
              .anyMatch(t ->
                  t.path("key").asText("").isEmpty()
                      || (t.path("key").asText().equals(taint)
                          && !t.path("effect").asText("NoExecute").equals("NoSchedule")));
      if (!known) {
        spec.withArrayProperty("tolerations")
            .addObject()
            .put("key", taint)
            .put("operator", "Exists")
            .put("effect", "NoExecute")
            .put("tolerationSeconds", 300);
      }
    }
  }

  private static String qualityOfService(JsonNode spec) {
    var any = false;
    var guaranteed = true;
    var containers = new ArrayList<JsonNode>();
    spec.path("containers").forEach(containers::add);
    spec.path("initContainers").forEach(containers::add);
    for (var container : containers) {
      var resources = container.path("resources");
      for (var name : List.of("cpu", "memory")) {
        var request = resources.path("requests").path(name);
        var limit = resources.path("limits").path(name);
        any |= !request.isMissingNode() || !limit.isMissingNode();
        guaranteed &= !limit.isMissingNode() && request.asText().equals(limit.asText());
      }
    }
    if (!any) {
      return "BestEffort";
    }
    return guaranteed ? "Guaranteed" : "Burstable";
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    PodRules.check(object.path("spec"), "spec", errors);
  }

  @Override
  public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
    if (!JsonValues.same(fixed(object, old), fixed(old, old))) {
      errors.forbidden(
          "spec",
          "pod updates may not change fields other than `spec.containers[*].image`,"
              + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations`"
              + " (only additions to existing tolerations),`spec.terminationGracePeriodSeconds`"
              + " (allow it to be set to 1 if it was previously negative)");
    }
  }

  // The spec without what may change.
  private static ObjectNode fixed(ObjectNode object, ObjectNode old) {
    var spec = Fill.existing(object, "spec").deepCopy();
    for (var kind : List.of("containers", "initContainers")) {
      Fill.items(spec, kind).forEach(c -> c.remove("image"));
    }
    spec.remove(List.of("activeDeadlineSeconds", "tolerations", "schedulingGates"));
    if (!old.path("spec").hasNonNull("nodeName")) {
      spec.remove("nodeName"); // a pod that has no node yet may be given one
    }
    return spec;
  }

  @Override
  public boolean answersDeletionWithObject() {
    return true;
  }

  @Override
  public boolean endsGracefully() {
    return true;
  }

  @Override
  public long gracePeriod(ObjectNode object, long wanted) {
    var phase = object.path("status").path("phase").asText();
    if (!object.path("spec").hasNonNull("nodeName")
        || phase.equals("Succeeded")
        || phase.equals("Failed")) {
      return 0; // nothing runs that could need time
    }
    return wanted >= 0
        ? wanted
        : object.path("spec").path("terminationGracePeriodSeconds").asLong(DEFAULT_GRACE);
  }
}
