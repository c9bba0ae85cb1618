// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.ManagedConfiguration;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The Services that lead to the instances.
public final class Services {
  private static final int POSTGRESQL = 5432;
  private static final String PORT_NAME = "postgres";

  /// A Service for writes follows the label that the holder of the Lease moves, and nothing else: a
  /// primary whose node the control plane doesn't hear from is marked not ready, but leads on as
  /// long as its standbys promise, and clients that reach it shall find it.
  private static final String NOT_READY_TOO = "publishNotReadyAddresses";

  private Services() {}

  /// Those that the Cluster shall have.
  public static List<ObjectNode> desired(Blueprint blueprint) {
    var services = new ArrayList<ObjectNode>();
    List<String> disabled = disabled(blueprint);
    services.add(service(blueprint, ObjectNames.readWriteService(blueprint.name()), "rw", false));
    if (!disabled.contains("ro")) {
      services.add(service(blueprint, ObjectNames.readOnlyService(blueprint.name()), "ro", false));
    }
    if (!disabled.contains("r")) {
      services.add(service(blueprint, ObjectNames.readService(blueprint.name()), "r", false));
    }
    if (blueprint.settings().createAnyService()) {
      services.add(service(blueprint, ObjectNames.anyService(blueprint.name()), "r", true));
    }
    additional(blueprint).forEach(service -> services.add(managed(blueprint, service)));
    return services;
  }

  /// A Service for writes as it shall be beside the one that is there: it leads to the holder of
  /// the Lease by name, so that a change of the primary is one write. The instances do that
  /// themselves; this puts right what is left. All other Services, and one that no primary has had
  /// yet, are as they are described.
  ///
  /// @param holder empty: leave it as it is
  public static ObjectNode led(ObjectNode wanted, JsonNode there, String holder) {
    JsonNode selector = wanted.at("/spec/selector");
    String name =
        holder.isEmpty()
            ? there.at("/spec/selector").path(Labels.INSTANCE_NAME).asText("")
            : holder;
    boolean forWrites =
        selector.has(Labels.INSTANCE_NAME)
            || selector.path(Labels.INSTANCE_ROLE).asText().equals(Labels.PRIMARY);
    if (name.isEmpty() || !forWrites) {
      return wanted;
    }
    ObjectNode led = wanted.deepCopy();
    led.withObject("/spec")
        .set(
            "selector",
            Tree.map(
                Labels.CLUSTER,
                selector.path(Labels.CLUSTER).asText(),
                Labels.INSTANCE_NAME,
                name,
                Labels.POD_ROLE,
                Labels.POD_ROLE_INSTANCE));
    return led;
  }

  /// What is wrong with the selector of a Service that has all that is wanted: it counts as a
  /// whole, since one label more selects other pods, or none. Empty: nothing, or it is no Service.
  public static String lack(JsonNode wanted, JsonNode there) {
    JsonNode selector = wanted.at("/spec/selector");
    boolean service = wanted.path("kind").asText().equals(Resource.SERVICES.kind());
    return !service || selector.equals(there.at("/spec/selector"))
        ? ""
        : "spec.selector is %s instead of %s"
            .formatted(there.at("/spec/selector").toString(), selector.toString());
  }

  /// Those that lead to the primary.
  static List<String> forWrites(Blueprint blueprint) {
    var names = new ArrayList<>(List.of(ObjectNames.readWriteService(blueprint.name())));
    additional(blueprint).stream()
        .filter(service -> service.selectorType().equals("rw"))
        .forEach(service -> names.add(nameOf(service)));
    return names;
  }

  /// Names under which the server may be asked for: those of all Services and of the read ones that
  /// are switched off, so that switching them on needs no new certificate.
  public static List<String> names(Blueprint blueprint) {
    var names =
        new ArrayList<>(
            List.of(
                ObjectNames.readWriteService(blueprint.name()),
                ObjectNames.readService(blueprint.name()),
                ObjectNames.readOnlyService(blueprint.name())));
    additional(blueprint).forEach(service -> names.add(nameOf(service)));
    return names;
  }

  private static ObjectNode service(Blueprint blueprint, String name, String type, boolean all) {
    ObjectNode object =
        blueprint.object(Resource.SERVICES, name, blueprint.appLabels(), blueprint.annotations());
    object.set(
        "spec",
        Tree.map(
            "type",
            "ClusterIP",
            "ports",
            Tree.list(port()),
            "selector",
            selector(blueprint, type),
            NOT_READY_TOO,
            all || type.equals("rw") ? true : null));
    return object;
  }

  private static ObjectNode port() {
    return Tree.map(
        "name", PORT_NAME, "port", POSTGRESQL, "targetPort", POSTGRESQL, "protocol", "TCP");
  }

  private static ObjectNode selector(Blueprint blueprint, String type) {
    return switch (type) {
      case "rw" -> Tree.map(Labels.CLUSTER, blueprint.name(), Labels.INSTANCE_ROLE, Labels.PRIMARY);
      case "ro" -> Tree.map(Labels.CLUSTER, blueprint.name(), Labels.INSTANCE_ROLE, Labels.REPLICA);
      default ->
          Tree.map(Labels.CLUSTER, blueprint.name(), Labels.POD_ROLE, Labels.POD_ROLE_INSTANCE);
    };
  }

  private static ObjectNode managed(Blueprint blueprint, ManagedConfiguration.Service wanted) {
    Map<String, String> labels = blueprint.appLabels();
    var annotations = new TreeMap<>(blueprint.annotations());
    var template = wanted.serviceTemplate();
    if (template.metadata() != null) {
      labels.putAll(template.metadata().labels());
      annotations.putAll(template.metadata().annotations());
    }
    labels.put(Labels.CLUSTER, blueprint.name());
    labels.put(Labels.IS_MANAGED, "true");
    annotations.put(Annotations.UPDATE_STRATEGY, wanted.updateStrategy());
    ObjectNode object = blueprint.object(Resource.SERVICES, nameOf(wanted), labels, annotations);
    ObjectNode spec = Tree.of(template.spec()) instanceof ObjectNode given ? given : Json.object();
    if (!spec.has("type")) {
      spec.put("type", "ClusterIP");
    }
    spec.set("ports", ports(spec.path("ports")));
    spec.set("selector", selector(blueprint, wanted.selectorType()));
    if (wanted.selectorType().equals("rw") && !spec.has(NOT_READY_TOO)) {
      spec.put(NOT_READY_TOO, true);
    }
    object.set("spec", spec);
    return object;
  }

  private static ArrayNode ports(JsonNode given) {
    ArrayNode ports = Tree.list();
    boolean complete = false;
    for (JsonNode port : given) {
      ObjectNode copy = port.deepCopy();
      if (!copy.has("protocol")) {
        copy.put("protocol", "TCP");
      }
      if (!copy.has("targetPort")) {
        copy.set("targetPort", copy.path("port"));
      }
      complete |=
          copy.path("name").asText("").equals(PORT_NAME)
              || copy.path("port").asInt(0) == POSTGRESQL;
      ports.add(copy);
    }
    if (!complete) {
      ports.add(port());
    }
    return ports;
  }

  private static List<String> disabled(Blueprint blueprint) {
    var managed = blueprint.spec().managed();
    return managed == null || managed.services() == null
        ? List.of()
        : managed.services().disabledDefaultServices();
  }

  private static List<ManagedConfiguration.Service> additional(Blueprint blueprint) {
    var managed = blueprint.spec().managed();
    return managed == null || managed.services() == null
        ? List.of()
        : managed.services().additional().stream().filter(s -> !nameOf(s).isEmpty()).toList();
  }

  private static String nameOf(ManagedConfiguration.Service service) {
    var metadata = service.serviceTemplate().metadata();
    return metadata == null || metadata.name() == null ? "" : metadata.name();
  }
}
