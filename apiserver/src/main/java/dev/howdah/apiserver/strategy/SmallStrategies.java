// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// Kinds that need only a line or two.
final class SmallStrategies {
  private SmallStrategies() {}

  /// Leases.
  static final class Lease implements Strategy {
    @Override
    public boolean createsOnUpdate() {
      return true;
    }

    @Override
    public boolean requiresVersion() {
      return true;
    }

    @Override
    public void validate(ObjectNode object, Errors errors) {
      var spec = object.path("spec");
      if (spec.hasNonNull("leaseDurationSeconds")
          && spec.path("leaseDurationSeconds").asLong() <= 0) {
        errors.invalid(
            "spec.leaseDurationSeconds",
            spec.path("leaseDurationSeconds"),
            "must be greater than 0");
      }
      if (spec.path("leaseTransitions").asLong(0) < 0) {
        errors.invalid(
            "spec.leaseTransitions",
            spec.path("leaseTransitions"),
            "must be greater than or equal to 0");
      }
    }
  }

  /// Events, in the shape of either group.
  static final class Event implements Strategy {
    private static boolean modern(ObjectNode object) {
      return object.path("apiVersion").asText().equals("events.k8s.io/v1");
    }

    @Override
    public boolean createsOnUpdate() {
      return true;
    }

    @Override
    public void defaults(ObjectNode object) {
      if (!object.has("eventTime")) {
        object.putNull("eventTime");
      }
      if (!modern(object)) {
        Fill.text(object, "reportingComponent", "");
        Fill.text(object, "reportingInstance", "");
      }
    }

    @Override
    public void validate(ObjectNode object, Errors errors) {
      var about = object.path(modern(object) ? "regarding" : "involvedObject").path("namespace");
      var home = object.path("metadata").path("namespace").asText();
      var expected = about.asText("").isEmpty() ? "default" : about.asText();
      if (!home.equals(expected)) {
        errors.invalid(
            "involvedObject.namespace", about.asText(""), "does not match event.namespace");
      }
      if (modern(object)) {
        if (!object.hasNonNull("eventTime")) {
          errors.required("eventTime", "");
        }
        var type = object.path("type").asText("");
        if (!type.equals("Normal") && !type.equals("Warning")) {
          errors.invalid("type", type, "has invalid value: " + type);
        }
      }
    }
  }

  /// Endpoints and EndpointSlices.
  static final class Endpoints implements Strategy {
    private final boolean slice;

    Endpoints(boolean slice) {
      this.slice = slice;
    }

    @Override
    public boolean createsOnUpdate() {
      return !slice;
    }

    @Override
    public boolean countsGenerations() {
      return slice;
    }

    @Override
    public void defaults(ObjectNode object) {
      for (var subset : Fill.items(object, "subsets")) {
        Fill.items(subset, "ports").forEach(p -> Fill.text(p, "protocol", "TCP"));
      }
      if (slice) {
        Fill.items(object, "endpoints").forEach(e -> Fill.object(e, "conditions"));
        for (var port : Fill.items(object, "ports")) {
          Fill.text(port, "protocol", "TCP");
          if (!port.has("name")) {
            port.put("name", "");
          }
        }
      }
    }

    @Override
    public void validate(ObjectNode object, Errors errors) {
      if (slice) {
        if (!object.hasNonNull("addressType")) {
          errors.required("addressType", "");
        }
        errors.oneOf("addressType", object.path("addressType"), "FQDN", "IPv4", "IPv6");
      }
    }

    @Override
    public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
      if (slice) {
        errors.unchanged("addressType", object.path("addressType"), old.path("addressType"));
      }
    }
  }

  /// Nodes register themselves with their status.
  static final class Node implements Strategy {
    @Override
    public void defaults(ObjectNode object) {
      Quantities.canonicalize(object.path("status").path("capacity"));
      Quantities.canonicalize(object.path("status").path("allocatable"));
    }

    @Override
    public boolean keepsStatusOnCreate() {
      return true;
    }
  }

  /// Disruption budgets.
  static final class Budget implements Strategy {
    @Override
    public boolean countsGenerations() {
      return true;
    }

    @Override
    public boolean requiresVersion() {
      return true;
    }

    @Override
    public void prepareForCreate(ObjectNode object, boolean dryRun) {
      object
          .putObject("status")
          .put("disruptionsAllowed", 0)
          .put("currentHealthy", 0)
          .put("desiredHealthy", 0)
          .put("expectedPods", 0);
    }

    @Override
    public void validate(ObjectNode object, Errors errors) {
      var spec = object.path("spec");
      if (spec.has("minAvailable") && spec.has("maxUnavailable")) {
        errors.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set");
      }
      for (var field : List.of("minAvailable", "maxUnavailable")) {
        if (spec.path(field).asLong(0) < 0) {
          errors.invalid("spec." + field, spec.path(field), "must be greater than or equal to 0");
        }
      }
    }
  }

  /// PersistentVolumes.
  static final class Volume implements Strategy {
    @Override
    public boolean answersDeletionWithObject() {
      return true;
    }

    @Override
    public void defaults(ObjectNode object) {
      var spec = Fill.object(object, "spec");
      Quantities.canonicalize(spec.path("capacity"));
      Fill.text(spec, "persistentVolumeReclaimPolicy", "Retain");
      Fill.text(spec, "volumeMode", "Filesystem");
    }

    @Override
    public void prepareForCreate(ObjectNode object, boolean dryRun) {
      object.putObject("status").put("phase", "Pending");
    }
  }

  /// StorageClasses.
  static final class StorageClass implements Strategy {
    @Override
    public boolean answersDeletionWithObject() {
      return true;
    }

    @Override
    public void defaults(ObjectNode object) {
      Fill.text(object, "reclaimPolicy", "Delete");
      Fill.text(object, "volumeBindingMode", "Immediate");
    }

    @Override
    public void validate(ObjectNode object, Errors errors) {
      if (object.path("provisioner").asText("").isEmpty()) {
        errors.required("provisioner", "");
      }
      errors.oneOf("reclaimPolicy", object.path("reclaimPolicy"), "Delete", "Retain");
      errors.oneOf(
          "volumeBindingMode",
          object.path("volumeBindingMode"),
          "Immediate",
          "WaitForFirstConsumer");
    }

    @Override
    public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
      for (var field : List.of("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")) {
        if (!dev.howdah.apiserver.schema.JsonValues.same(object.get(field), old.get(field))) {
          errors.forbidden(field, "updates to " + field + " are forbidden.");
        }
      }
    }
  }

  /// PriorityClasses.
  static final class PriorityClass implements Strategy {
    @Override
    public boolean countsGenerations() {
      return true;
    }

    @Override
    public void defaults(ObjectNode object) {
      Fill.text(object, "preemptionPolicy", "PreemptLowerPriority");
    }

    @Override
    public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
      if (object.path("value").asLong() != old.path("value").asLong()) {
        errors.forbidden("value", "may not be changed in an update.");
      }
    }
  }

  /// Ingresses, network policies and webhook configurations, which are only stored.
  static final class Counted implements Strategy {
    @Override
    public boolean countsGenerations() {
      return true;
    }

    @Override
    public void prepareForCreate(ObjectNode object, boolean dryRun) {
      if (object.path("kind").asText().equals("Ingress")) {
        object.putObject("status").putObject("loadBalancer");
      }
    }

    @Override
    public void defaults(ObjectNode object) {
      if (object.path("kind").asText().equals("NetworkPolicy")) {
        var spec = Fill.object(object, "spec");
        if (!spec.has("policyTypes")) {
          var types = spec.putArray("policyTypes").add("Ingress");
          if (!spec.path("egress").isEmpty()) {
            types.add("Egress");
          }
        }
      }
    }
  }
}
