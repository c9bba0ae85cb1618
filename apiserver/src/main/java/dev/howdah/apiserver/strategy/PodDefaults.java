// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// What a pod's spec means where it says nothing.
final class PodDefaults {
  private static final int READABLE = 0644;

  private PodDefaults() {}

  static void apply(ObjectNode spec) {
    Fill.text(spec, "restartPolicy", "Always");
    Fill.number(spec, "terminationGracePeriodSeconds", 30);
    Fill.text(spec, "dnsPolicy", "ClusterFirst");
    Fill.object(spec, "securityContext");
    Fill.text(spec, "schedulerName", "default-scheduler");
    var account = spec.path("serviceAccountName").asText("");
    if (!account.isEmpty()) {
      spec.put("serviceAccount", account);
    }
    for (var kind : List.of("containers", "initContainers")) {
      for (var container : Fill.items(spec, kind)) {
        container(container);
      }
    }
    for (var volume : Fill.items(spec, "volumes")) {
      volume(volume);
    }
  }

  /// What is limited is requested too. In pods only: their templates stay as they were written.
  static void requests(ObjectNode spec) {
    for (var kind : List.of("containers", "initContainers")) {
      for (var container : Fill.items(spec, kind)) {
        var resources = Fill.object(container, "resources");
        for (var limit : resources.path("limits").properties()) {
          var requests = Fill.object(resources, "requests");
          if (!requests.has(limit.getKey())) {
            requests.set(limit.getKey(), limit.getValue());
          }
        }
      }
    }
  }

  private static void container(ObjectNode container) {
    Fill.text(container, "terminationMessagePath", "/dev/termination-log");
    Fill.text(container, "terminationMessagePolicy", "File");
    Fill.text(container, "imagePullPolicy", pullPolicy(container.path("image").asText("")));
    var resources = Fill.object(container, "resources");
    Quantities.canonicalize(resources.path("limits"));
    Quantities.canonicalize(resources.path("requests"));
    for (var port : Fill.items(container, "ports")) {
      Fill.text(port, "protocol", "TCP");
    }
    for (var variable : Fill.items(container, "env")) {
      if (variable.path("valueFrom").path("fieldRef") instanceof ObjectNode reference) {
        Fill.text(reference, "apiVersion", "v1");
      }
    }
    for (var kind : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
      if (container.get(kind) instanceof ObjectNode probe) {
        Fill.number(probe, "timeoutSeconds", 1);
        Fill.number(probe, "periodSeconds", 10);
        Fill.number(probe, "successThreshold", 1);
        Fill.number(probe, "failureThreshold", 3);
        handler(probe);
      }
    }
    handler(Fill.existing(container.path("lifecycle"), "postStart"));
    handler(Fill.existing(container.path("lifecycle"), "preStop"));
  }

  private static void handler(ObjectNode handler) {
    if (handler.get("httpGet") instanceof ObjectNode get) {
      Fill.text(get, "path", "/");
      Fill.text(get, "scheme", "HTTP");
    }
    if (handler.get("grpc") instanceof ObjectNode grpc) {
      Fill.text(grpc, "service", "");
    }
  }

  private static String pullPolicy(String image) {
    var name = image.substring(image.lastIndexOf('/') + 1);
    var tagged = name.contains(":") && !name.endsWith(":latest");
    return tagged || name.contains("@") ? "IfNotPresent" : "Always";
  }

  private static void volume(ObjectNode volume) {
    for (var kind : List.of("secret", "configMap", "downwardAPI", "projected")) {
      if (volume.get(kind) instanceof ObjectNode source) {
        Fill.number(source, "defaultMode", READABLE);
        references(source);
        for (var part : Fill.items(source, "sources")) {
          references(Fill.existing(part, "downwardAPI"));
          if (part.get("serviceAccountToken") instanceof ObjectNode token) {
            Fill.number(token, "expirationSeconds", 3600);
          }
        }
      }
    }
    if (volume.size() == 1) { // just a name
      volume.putObject("emptyDir");
    }
    if (volume.get("emptyDir") instanceof ObjectNode folder && folder.has("sizeLimit")) {
      var size = Quantities.canonical(folder.path("sizeLimit"));
      if (size != null) {
        folder.put("sizeLimit", size);
      }
    }
    if (volume.get("hostPath") instanceof ObjectNode host && !host.has("type")) {
      host.put("type", "");
    }
  }

  private static void references(ObjectNode source) {
    for (var item : Fill.items(source, "items")) {
      if (item.get("fieldRef") instanceof ObjectNode reference) {
        Fill.text(reference, "apiVersion", "v1");
      }
    }
  }
}
