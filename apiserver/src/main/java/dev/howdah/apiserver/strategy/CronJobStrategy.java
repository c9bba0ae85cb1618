// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// CronJobs: a schedule and a template of Jobs.
final class CronJobStrategy implements Strategy {
  private static final int MAX_NAME = 52;
  private static final int FIELDS = 5;

  @Override
  public boolean countsGenerations() {
    return true;
  }

  @Override
  public void defaults(ObjectNode object) {
    var spec = Fill.object(object, "spec");
    Fill.text(spec, "concurrencyPolicy", "Allow");
    Fill.flag(spec, "suspend", false);
    Fill.number(spec, "successfulJobsHistoryLimit", 3);
    Fill.number(spec, "failedJobsHistoryLimit", 1);
    var template = Fill.object(spec, "jobTemplate");
    PodDefaults.apply(Fill.object(Fill.object(Fill.object(template, "spec"), "template"), "spec"));
  }

  @Override
  public void prepareForCreate(ObjectNode object, boolean dryRun) {
    object.putObject("status");
  }

  @Override
  public void validateName(String name, Errors errors) {
    Names.subdomain(name, errors);
    if (name.length() > MAX_NAME) {
      errors.invalid("metadata.name", name, "must be no more than 52 characters");
    }
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    var spec = object.path("spec");
    if (spec.path("schedule").asText("").isBlank()) {
      errors.required("spec.schedule", "");
    } else {
      schedule(spec.path("schedule"), errors);
    }
    errors.oneOf(
        "spec.concurrencyPolicy", spec.path("concurrencyPolicy"), "Allow", "Forbid", "Replace");
    JobStrategy.checkSpec(spec.path("jobTemplate").path("spec"), "spec.jobTemplate.spec", errors);
  }

  private static void schedule(JsonNode schedule, Errors errors) {
    var text = schedule.asText().strip();
    var fields = text.split("\\s+");
    if (!text.startsWith("@") && fields.length != FIELDS) {
      errors.invalid(
          "spec.schedule",
          schedule,
          "expected exactly 5 fields, found %d: [%s]"
              .formatted(fields.length, String.join(" ", fields)));
    }
  }
}
