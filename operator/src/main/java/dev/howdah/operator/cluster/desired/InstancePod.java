// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.JsonPatch;
import dev.howdah.operator.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/// The pod of an instance.
public final class InstancePod {
  /// Where the instance manager answers probes and tells its status, over TLS.
  public static final int STATUS_PORT = 8000;

  private static final int METRICS_PORT = 9187;
  private static final int POSTGRESQL_PORT = 5432;
  private static final int PROFILER_PORT = 6060;

  private InstancePod() {}

  /// The pod of the instance with this number.
  ///
  /// @param role what its labels announce from the start; empty: nothing
  public static ObjectNode desired(Blueprint blueprint, int serial, String role) {
    String instance = ObjectNames.instance(blueprint.name(), serial);
    ObjectNode spec = spec(blueprint, instance);
    Map<String, String> labels = blueprint.appLabels();
    labels.put(Labels.INSTANCE_NAME, instance);
    labels.put(Labels.POD_ROLE, Labels.POD_ROLE_INSTANCE);
    if (!role.isEmpty()) {
      labels.putAll(roleLabels(role));
    }
    ObjectNode pod =
        blueprint.object(Resource.PODS, instance, labels, annotations(blueprint, serial, spec));
    pod.set("spec", spec);
    return patched(blueprint, pod);
  }

  /// The three labels by which the role of an instance is known.
  public static Map<String, String> roleLabels(String role) {
    return Map.of(Labels.INSTANCE_ROLE, role, Labels.LEGACY_ROLE, role, Labels.ROLE, role);
  }

  private static Map<String, String> annotations(Blueprint blueprint, int serial, ObjectNode spec) {
    var annotations = new TreeMap<>(blueprint.annotations());
    annotations.putAll(PodParts.passedOn(blueprint));
    annotations.put(Annotations.NODE_SERIAL, Integer.toString(serial));
    annotations.put(Annotations.POD_SPEC, spec.toString());
    annotations.put(
        Annotations.POD_ENV_HASH, hash(spec.path("containers").path(0).path("env").toString()));
    String restarted = blueprint.cluster().annotation(Annotations.RESTARTED_AT);
    if (!restarted.isEmpty()) {
      annotations.put(Annotations.RESTARTED_AT, restarted);
    }
    return annotations;
  }

  /// The specification alone.
  public static ObjectNode spec(Blueprint blueprint, String instance) {
    ObjectNode spec = PodParts.spec(blueprint, instance);
    ArrayNode command = Tree.list(PodParts.MANAGER, "instance", "run");
    boolean profiled =
        blueprint.cluster().annotation(Annotations.ENABLE_INSTANCE_PPROF).equals("true");
    if (profiled) {
      command.add("--pprof-server");
    }
    command.add("--status-port-tls");
    var monitoring = blueprint.spec().monitoring();
    boolean metricsTls =
        monitoring != null && monitoring.tls() != null && monitoring.tls().enabled();
    if (metricsTls) {
      command.add("--metrics-port-tls");
    }
    ObjectNode container = PodParts.container(blueprint, "postgres", instance, instance, command);
    ArrayNode ports =
        Tree.list(
            port("postgresql", POSTGRESQL_PORT),
            port("metrics", METRICS_PORT),
            port("status", STATUS_PORT));
    if (profiled) {
      ports.add(port("pprof", PROFILER_PORT));
    }
    container.set("ports", ports);
    Probes.set(blueprint, container);
    spec.withArray("/containers").add(container);
    spec.put("hostname", instance);
    if (blueprint.settings().createAnyService()) {
      spec.put("subdomain", ObjectNames.anyService(blueprint.name()));
    }
    spec.put("terminationGracePeriodSeconds", blueprint.spec().stopDelay());
    return spec;
  }

  private static ObjectNode port(String name, int number) {
    return Tree.map("name", name, "containerPort", number, "protocol", "TCP");
  }

  private static ObjectNode patched(Blueprint blueprint, ObjectNode pod) {
    String patch = blueprint.cluster().annotation(Annotations.POD_PATCH);
    if (patch.isEmpty()) {
      return pod;
    }
    JsonNode patched = JsonPatch.apply(patch, pod);
    for (String kept : List.of("/metadata/name", "/metadata/namespace", "/metadata/labels")) {
      if (patched.at(kept).isMissingNode()) {
        throw new IllegalArgumentException("it takes away " + kept);
      }
    }
    if (!patched.at("/metadata/name").equals(pod.at("/metadata/name"))
        || !patched.at("/metadata/namespace").equals(pod.at("/metadata/namespace"))
        || !patched.at("/spec/containers/0").isObject()) {
      throw new IllegalArgumentException("it changes the pod's name or leaves it no container");
    }
    return (ObjectNode) patched;
  }

  private static String hash(String text) {
    var crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }
}
