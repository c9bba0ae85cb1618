// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What makes a pod's spec a sound one, beyond its schema.
final class PodRules {
  private PodRules() {}

  static void check(JsonNode spec, String at, Errors errors) {
    var volumes = volumes(spec, at, errors);
    if (spec.path("containers").isEmpty()) {
      errors.required(at + ".containers", "");
    }
    var names = new HashSet<String>();
    for (var kind : List.of("initContainers", "containers")) {
      var index = 0;
      for (var container : spec.path(kind)) {
        var field = "%s.%s[%d]".formatted(at, kind, index++);
        container(container, field, volumes, errors);
        var name = container.path("name").asText("");
        if (!name.isEmpty() && !names.add(name)) {
          errors.duplicate(field + ".name", name);
        }
      }
    }
    errors.oneOf(at + ".restartPolicy", spec.path("restartPolicy"), "Always", "OnFailure", "Never");
    errors.oneOf(
        at + ".dnsPolicy",
        spec.path("dnsPolicy"),
        "ClusterFirst",
        "ClusterFirstWithHostNet",
        "Default",
        "None");
    if (spec.path("terminationGracePeriodSeconds").asLong(0) < 0) {
      errors.invalid(
          at + ".terminationGracePeriodSeconds",
          spec.path("terminationGracePeriodSeconds"),
          "must be greater than or equal to 0");
    }
  }

  private static Set<String> volumes(JsonNode spec, String at, Errors errors) {
    var names = new HashSet<String>();
    var index = 0;
    for (var volume : spec.path("volumes")) {
      var field = "%s.volumes[%d].name".formatted(at, index++);
      var name = volume.path("name").asText("");
      if (name.isEmpty()) {
        errors.required(field, "");
      } else {
        Names.label(field, name, errors);
        if (!names.add(name)) {
          errors.duplicate(field, name);
        }
      }
    }
    return names;
  }

  private static void container(JsonNode container, String at, Set<String> volumes, Errors errors) {
    var name = container.path("name").asText("");
    if (name.isEmpty()) {
      errors.required(at + ".name", "");
    } else {
      Names.label(at + ".name", name, errors);
    }
    if (container.path("image").asText("").isBlank()) {
      errors.required(at + ".image", "");
    }
    errors.oneOf(
        at + ".imagePullPolicy",
        container.path("imagePullPolicy"),
        "Always",
        "IfNotPresent",
        "Never");
    mounts(container, at, volumes, errors);
    var index = 0;
    for (var port : container.path("ports")) {
      var number = port.path("containerPort");
      if (number.asLong(0) < 1 || number.asLong() > 65535) {
        errors.invalid(
            "%s.ports[%d].containerPort".formatted(at, index),
            number,
            "must be between 1 and 65535, inclusive");
      }
      index++;
    }
    index = 0;
    for (var variable : container.path("env")) {
      if (variable.path("name").asText("").isEmpty()) {
        errors.required("%s.env[%d].name".formatted(at, index), "");
      }
      if (variable.has("valueFrom") && !variable.path("value").asText("").isEmpty()) {
        errors.invalid(
            "%s.env[%d].valueFrom".formatted(at, index),
            "",
            "may not be specified when `value` is not empty");
      }
      index++;
    }
    requests(container.path("resources"), at + ".resources", errors);
  }

  private static void mounts(JsonNode container, String at, Set<String> volumes, Errors errors) {
    var paths = new HashSet<String>();
    var index = 0;
    for (var mount : container.path("volumeMounts")) {
      var field = "%s.volumeMounts[%d]".formatted(at, index++);
      var volume = mount.path("name").asText("");
      if (!volumes.contains(volume)) {
        errors.notFound(field + ".name", volume);
      }
      var path = mount.path("mountPath").asText("");
      if (path.isEmpty()) {
        errors.required(field + ".mountPath", "");
      } else if (!paths.add(path)) {
        errors.invalid(field + ".mountPath", path, "must be unique");
      }
    }
  }

  private static void requests(JsonNode resources, String at, Errors errors) {
    for (var request : resources.path("requests").properties()) {
      var limit = Quantities.parse(resources.path("limits").path(request.getKey()));
      var wanted = Quantities.parse(request.getValue());
      if (limit != null && wanted != null && wanted.compareTo(limit) > 0) {
        errors.invalid(
            at + ".requests",
            request.getValue(),
            "must be less than or equal to %s limit of %s"
                .formatted(
                    request.getKey(), resources.path("limits").path(request.getKey()).asText()));
      }
    }
  }
}
