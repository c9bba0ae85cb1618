// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.resource.LabelSelector;
import java.util.List;

/// Deployments, ReplicaSets, StatefulSets and DaemonSets: a selector and a template of pods.
final class WorkloadStrategy implements Strategy {
  /// Which of them.
  enum Kind {
    DEPLOYMENT,
    REPLICA_SET,
    STATEFUL_SET,
    DAEMON_SET
  }

  private static final List<String> STATEFUL_SET_MAY_CHANGE =
      List.of(
          "replicas",
          "ordinals",
          "template",
          "updateStrategy",
          "revisionHistoryLimit",
          "persistentVolumeClaimRetentionPolicy",
          "minReadySeconds");

  private final Kind kind;

  WorkloadStrategy(Kind kind) {
    this.kind = kind;
  }

  @Override
  public boolean countsGenerations() {
    return true;
  }

  @Override
  public void defaults(ObjectNode object) {
    var spec = Fill.object(object, "spec");
    PodDefaults.apply(Fill.object(Fill.object(spec, "template"), "spec"));
    switch (kind) {
      case DEPLOYMENT -> deployment(spec);
      case REPLICA_SET -> Fill.number(spec, "replicas", 1);
      case STATEFUL_SET -> statefulSet(spec);
      case DAEMON_SET -> {
        Fill.number(spec, "revisionHistoryLimit", 10);
        var update = Fill.object(spec, "updateStrategy");
        Fill.text(update, "type", "RollingUpdate");
        if (update.path("type").asText().equals("RollingUpdate")) {
          var rolling = Fill.object(update, "rollingUpdate");
          Fill.number(rolling, "maxUnavailable", 1);
          Fill.number(rolling, "maxSurge", 0);
        }
      }
    }
  }

  @Override
  public void prepareForCreate(ObjectNode object, boolean dryRun) {
    var status = object.putObject("status");
    switch (kind) {
      case DEPLOYMENT -> {}
      case REPLICA_SET -> status.put("replicas", 0);
      case STATEFUL_SET -> status.put("replicas", 0).put("availableReplicas", 0);
      case DAEMON_SET ->
          status
              .put("currentNumberScheduled", 0)
              .put("numberMisscheduled", 0)
              .put("desiredNumberScheduled", 0)
              .put("numberReady", 0);
    }
  }

  private static void deployment(ObjectNode spec) {
    Fill.number(spec, "replicas", 1);
    Fill.number(spec, "revisionHistoryLimit", 10);
    Fill.number(spec, "progressDeadlineSeconds", 600);
    var update = Fill.object(spec, "strategy");
    Fill.text(update, "type", "RollingUpdate");
    if (update.path("type").asText().equals("RollingUpdate")) {
      var rolling = Fill.object(update, "rollingUpdate");
      Fill.text(rolling, "maxUnavailable", "25%");
      Fill.text(rolling, "maxSurge", "25%");
    }
  }

  private static void statefulSet(ObjectNode spec) {
    Fill.number(spec, "replicas", 1);
    Fill.number(spec, "revisionHistoryLimit", 10);
    Fill.text(spec, "podManagementPolicy", "OrderedReady");
    var update = Fill.object(spec, "updateStrategy");
    Fill.text(update, "type", "RollingUpdate");
    if (update.path("type").asText().equals("RollingUpdate")) {
      Fill.number(Fill.object(update, "rollingUpdate"), "partition", 0);
    }
    var retention = Fill.object(spec, "persistentVolumeClaimRetentionPolicy");
    Fill.text(retention, "whenDeleted", "Retain");
    Fill.text(retention, "whenScaled", "Retain");
    for (var claim : Fill.items(spec, "volumeClaimTemplates")) {
      claim.put("apiVersion", "v1").put("kind", "PersistentVolumeClaim");
      Fill.text(Fill.object(claim, "spec"), "volumeMode", "Filesystem");
      Fill.text(Fill.object(claim, "status"), "phase", "Pending");
    }
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    var spec = object.path("spec");
    var selector = spec.path("selector");
    var template = Fill.existing(spec, "template");
    if (!selector.isObject() || selector.isEmpty()) {
      errors.required("spec.selector", "");
    }
    if (selector.isEmpty() || !LabelSelector.of(selector).matches(Meta.map(template, "labels"))) {
      errors.invalid(
          "spec.template.metadata.labels",
          template.path("metadata").path("labels"),
          "`selector` does not match template `labels`");
    }
    PodRules.check(template.path("spec"), "spec.template.spec", errors);
    if (!template.path("spec").path("restartPolicy").asText("Always").equals("Always")) {
      errors.oneOf(
          "spec.template.spec.restartPolicy",
          template.path("spec").path("restartPolicy"),
          "Always");
    }
    if (spec.path("replicas").asLong(0) < 0) {
      errors.invalid("spec.replicas", spec.path("replicas"), "must be greater than or equal to 0");
    }
  }

  @Override
  public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
    if (kind != Kind.STATEFUL_SET) {
      errors.unchanged(
          "spec.selector", object.path("spec").path("selector"), old.path("spec").path("selector"));
      return;
    }
    var now = Fill.existing(object, "spec").deepCopy();
    var before = Fill.existing(old, "spec").deepCopy();
    now.remove(STATEFUL_SET_MAY_CHANGE);
    before.remove(STATEFUL_SET_MAY_CHANGE);
    if (!dev.howdah.apiserver.schema.JsonValues.same(now, before)) {
      errors.forbidden(
          "spec",
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template',"
              + " 'updateStrategy', 'revisionHistoryLimit',"
              + " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
    }
  }
}
