// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import java.util.HashSet;
import java.util.List;

/// Services: given an address for life.
final class ServiceStrategy implements Strategy {
  private static final String NONE = "None";
  private final ServiceAddresses addresses;

  ServiceStrategy(ServiceAddresses addresses) {
    this.addresses = addresses;
  }

  @Override
  public void validateName(String name, Errors errors) {
    Names.label1035(name, errors);
  }

  @Override
  public boolean createsOnUpdate() {
    return true;
  }

  @Override
  public boolean answersDeletionWithObject() {
    return true;
  }

  @Override
  public void defaults(ObjectNode object) {
    var spec = Fill.object(object, "spec");
    Fill.text(spec, "type", "ClusterIP");
    Fill.text(spec, "sessionAffinity", NONE);
    for (var port : Fill.items(spec, "ports")) {
      Fill.text(port, "protocol", "TCP");
      var target = port.path("targetPort");
      if (target.isMissingNode()
          || target.isNull()
          || target.asText().equals("0")
          || target.asText().isEmpty()) {
        port.set("targetPort", port.path("port"));
      }
    }
    if (!external(spec)) {
      Fill.text(spec, "internalTrafficPolicy", "Cluster");
      if (exposed(spec)) {
        Fill.text(spec, "externalTrafficPolicy", "Cluster");
      }
      if (spec.path("type").asText().equals("LoadBalancer")) {
        Fill.flag(spec, "allocateLoadBalancerNodePorts", true);
      }
      if (spec.path("sessionAffinity").asText().equals("ClientIP")) {
        Fill.number(
            Fill.object(Fill.object(spec, "sessionAffinityConfig"), "clientIP"),
            "timeoutSeconds",
            10800);
      }
    }
  }

  private static boolean external(JsonNode spec) {
    return spec.path("type").asText().equals("ExternalName");
  }

  private static boolean exposed(JsonNode spec) {
    var type = spec.path("type").asText();
    return type.equals("NodePort") || type.equals("LoadBalancer");
  }

  @Override
  public void prepareForCreate(ObjectNode object, boolean dryRun) {
    allocate(Fill.object(object, "spec"));
    object.putObject("status").putObject("loadBalancer");
  }

  @Override
  public void prepareForUpdate(ObjectNode object, ObjectNode old, boolean dryRun) {
    var spec = Fill.object(object, "spec");
    var before = old.path("spec");
    if (external(spec)) {
      spec.remove(List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"));
      return;
    }
    if (spec.path("clusterIP").asText("").isEmpty() && before.hasNonNull("clusterIP")) {
      spec.set("clusterIP", before.path("clusterIP"));
    }
    keepNodePorts(spec, before);
    allocate(spec);
  }

  private static void keepNodePorts(ObjectNode spec, JsonNode before) {
    if (!exposed(spec)) {
      Fill.items(spec, "ports").forEach(p -> p.remove("nodePort"));
      return;
    }
    for (var port : Fill.items(spec, "ports")) {
      for (var known : before.path("ports")) {
        if (!port.hasNonNull("nodePort")
            && known.hasNonNull("nodePort")
            && known.path("port").asInt() == port.path("port").asInt()
            && known.path("protocol").asText().equals(port.path("protocol").asText())) {
          port.set("nodePort", known.path("nodePort"));
        }
      }
    }
  }

  private void allocate(ObjectNode spec) {
    if (external(spec)) {
      return;
    }
    if (spec.path("clusterIP").asText("").isEmpty()) {
      spec.put("clusterIP", addresses.next());
    }
    spec.set("clusterIPs", Json.texts(List.of(spec.path("clusterIP").asText())));
    if (!spec.hasNonNull("ipFamilies")) {
      spec.set("ipFamilies", Json.texts(List.of("IPv4")));
    }
    Fill.text(spec, "ipFamilyPolicy", "SingleStack");
    if (exposed(spec)) {
      for (var port : Fill.items(spec, "ports")) {
        if (port.path("nodePort").asInt(0) == 0) {
          port.put("nodePort", addresses.nextPort());
        }
      }
    }
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    var spec = object.path("spec");
    errors.oneOf(
        "spec.type", spec.path("type"), "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
    errors.oneOf("spec.sessionAffinity", spec.path("sessionAffinity"), "ClientIP", NONE);
    if (external(spec)) {
      if (spec.path("externalName").asText("").isEmpty()) {
        errors.required("spec.externalName", "");
      }
    } else if (spec.path("ports").isEmpty() && !spec.path("clusterIP").asText().equals(NONE)) {
      errors.required("spec.ports", "");
    }
    var address = spec.path("clusterIP").asText("");
    if (!address.isEmpty() && !address.equals(NONE) && !addresses.contains(address)) {
      errors.invalid(
          "spec.clusterIPs",
          spec.path("clusterIPs"),
          "failed to allocate IP %s: the provided IP is not in the valid range".formatted(address));
    }
    ports(spec, errors);
  }

  private static void ports(JsonNode spec, Errors errors) {
    var names = new HashSet<String>();
    var index = 0;
    for (var port : spec.path("ports")) {
      var field = "spec.ports[%d]".formatted(index++);
      var name = port.path("name").asText("");
      if (name.isEmpty() && spec.path("ports").size() > 1) {
        errors.required(field + ".name", "");
      } else if (!name.isEmpty()) {
        Names.label(field + ".name", name, errors);
        if (!names.add(name)) {
          errors.duplicate(field + ".name", name);
        }
      }
      var number = port.path("port").asLong(0);
      if (number < 1 || number > 65535) {
        errors.invalid(
            field + ".port", port.path("port"), "must be between 1 and 65535, inclusive");
      }
      errors.oneOf(field + ".protocol", port.path("protocol"), "SCTP", "TCP", "UDP");
    }
  }

  @Override
  public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
    var before = old.path("spec").path("clusterIP").asText("");
    var now = object.path("spec").path("clusterIP").asText("");
    if (!before.isEmpty() && !now.equals(before) && !external(object.path("spec"))) {
      errors.invalid(
          "spec.clusterIPs[0]", object.path("spec").path("clusterIPs"), "may not change once set");
    }
  }
}
