// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.request.DeleteOptions.Propagation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Jobs: their pods are found by the Job's own UID.
final class JobStrategy implements Strategy {
  private static final String PREFIX = "batch.kubernetes.io/";

  @Override
  public boolean countsGenerations() {
    return true;
  }

  /// As on a cluster, where this is so for the sake of old clients.
  @Override
  public @Nullable Propagation defaultPropagation() {
    return Propagation.ORPHAN;
  }

  @Override
  public String orphanWarning() {
    return "child pods are preserved by default when jobs are deleted; set"
        + " propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress"
        + " this warning";
  }

  @Override
  public void defaults(ObjectNode object) {
    var spec = Fill.object(object, "spec");
    if (!spec.hasNonNull("completions") && !spec.hasNonNull("parallelism")) {
      spec.put("completions", 1);
    }
    Fill.number(spec, "parallelism", 1);
    Fill.number(spec, "backoffLimit", 6);
    Fill.text(spec, "completionMode", "NonIndexed");
    Fill.flag(spec, "suspend", false);
    Fill.text(
        spec,
        "podReplacementPolicy",
        spec.has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    Fill.flag(spec, "manualSelector", false);
    PodDefaults.apply(Fill.object(Fill.object(spec, "template"), "spec"));
  }

  @Override
  public void prepareForCreate(ObjectNode object, boolean dryRun) {
    var spec = Fill.object(object, "spec");
    object.putObject("status");
    if (spec.path("manualSelector").asBoolean()) {
      return;
    }
    var uid = Meta.uid(object);
    var labels = Fill.object(Fill.object(Fill.object(spec, "template"), "metadata"), "labels");
    labels.put(PREFIX + "controller-uid", uid).put("controller-uid", uid);
    labels.put(PREFIX + "job-name", Meta.name(object)).put("job-name", Meta.name(object));
    var selector = Json.object();
    selector.putObject("matchLabels").put(PREFIX + "controller-uid", uid);
    spec.set("selector", selector);
    var own = Fill.object(Fill.object(object, "metadata"), "labels");
    if (own.isEmpty()) {
      own.setAll(labels.deepCopy());
    }
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    checkSpec(object.path("spec"), "spec", errors);
  }

  static void checkSpec(JsonNode spec, String at, Errors errors) {
    var pod = spec.path("template").path("spec");
    PodRules.check(pod, at + ".template.spec", errors);
    if (pod.path("restartPolicy").asText().equals("Always")) {
      errors.required(
          at + ".template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
    }
    for (var field : List.of("completions", "parallelism", "backoffLimit")) {
      if (spec.path(field).asLong(0) < 0) {
        errors.invalid(at + "." + field, spec.path(field), "must be greater than or equal to 0");
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
    for (var field : List.of("selector", "completionMode", "podFailurePolicy")) {
      errors.unchanged(
          "spec." + field, object.path("spec").path(field), old.path("spec").path(field));
    }
    if (!old.path("spec").path("completionMode").asText().equals("Indexed")) {
      errors.unchanged(
          "spec.completions",
          object.path("spec").path("completions"),
          old.path("spec").path("completions"));
    }
    if (!old.path("spec").path("suspend").asBoolean()) {
      errors.unchanged(
          "spec.template", object.path("spec").path("template"), old.path("spec").path("template"));
    }
  }
}
