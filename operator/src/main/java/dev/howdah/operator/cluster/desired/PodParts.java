// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Json;
import dev.howdah.operator.tree.Tree;
import java.util.Map;
import java.util.TreeMap;

/// What the pods of instances and of jobs have in common.
final class PodParts {
  static final String MANAGER = "/controller/manager";
  private static final int TOKEN_SECONDS = 3607;

  private PodParts() {}

  /// A pod's specification without its main container.
  ///
  /// @param instance whose volumes it mounts
  static ObjectNode spec(Blueprint blueprint, String instance) {
    ObjectNode spec = Json.object();
    spec.set("initContainers", Tree.list(bootstrapController(blueprint)));
    spec.putArray("containers");
    spec.set("volumes", volumes(blueprint, instance));
    spec.put("serviceAccountName", blueprint.serviceAccount());
    spec.put("automountServiceAccountToken", false);
    spec.set("securityContext", PodSecurity.pod(blueprint));
    Placement.place(blueprint, spec);
    return spec;
  }

  private static ObjectNode bootstrapController(Blueprint blueprint) {
    ArrayNode command = Tree.list("/manager", "bootstrap", MANAGER);
    logLevel(blueprint, command);
    return Tree.map(
        "name",
        "bootstrap-controller",
        "image",
        blueprint.settings().operatorImage(),
        "imagePullPolicy",
        blueprint.spec().imagePullPolicy(),
        "command",
        command,
        "resources",
        resources(blueprint),
        "securityContext",
        PodSecurity.container(blueprint),
        "volumeMounts",
        Tree.list(
            Tree.map("name", "scratch-data", "mountPath", "/run"),
            Tree.map("name", "scratch-data", "mountPath", "/controller")));
  }

  /// The main container, which runs a command of the instance manager on the operand's image.
  ///
  /// @param podName what the environment gives as name: the pod's, or the job's
  static ObjectNode container(
      Blueprint blueprint, String name, String podName, String instance, ArrayNode command) {
    logLevel(blueprint, command);
    var spec = blueprint.spec();
    return Tree.map(
        "name",
        name,
        "image",
        blueprint.image().name(),
        "imagePullPolicy",
        spec.imagePullPolicy(),
        "command",
        command,
        "env",
        environment(blueprint, podName),
        "envFrom",
        spec.envFrom().isEmpty() ? null : Tree.of(spec.envFrom()),
        "resources",
        resources(blueprint),
        "securityContext",
        PodSecurity.container(blueprint),
        "volumeMounts",
        mounts(blueprint, instance));
  }

  private static void logLevel(Blueprint blueprint, ArrayNode command) {
    if (!blueprint.spec().logLevel().isEmpty()) {
      command.add("--log-level=" + blueprint.spec().logLevel());
    }
  }

  private static JsonNode resources(Blueprint blueprint) {
    JsonNode given = Tree.of(blueprint.spec().resources());
    return given == null ? Json.object() : given;
  }

  static ArrayNode environment(Blueprint blueprint, String podName) {
    ArrayNode environment =
        Tree.list(
            variable("PGDATA", "/var/lib/postgresql/data/pgdata"),
            variable("POD_NAME", podName),
            variable("NAMESPACE", blueprint.namespace()),
            variable("CLUSTER_NAME", blueprint.name()),
            variable("PSQL_HISTORY", "/controller/tmp/.psql_history"),
            variable("PGPORT", "5432"),
            variable("PGHOST", "/controller/run"),
            variable("TMPDIR", "/controller/tmp"));
    blueprint.spec().env().forEach(given -> environment.add(Tree.of(given)));
    Integer timeout = blueprint.settings().standbyTcpUserTimeout();
    if (timeout != null) {
      environment.add(variable("CNPG_STANDBY_TCP_USER_TIMEOUT", timeout.toString()));
    }
    return environment;
  }

  static ObjectNode variable(String name, String value) {
    return Tree.map("name", name, "value", value);
  }

  private static ArrayNode volumes(Blueprint blueprint, String instance) {
    ArrayNode volumes = Tree.list();
    InstanceStorage.mount(blueprint, instance, volumes, Tree.list());
    var spec = blueprint.spec();
    var limits = spec.ephemeralVolumesSizeLimit();
    JsonNode source = Tree.of(spec.ephemeralVolumeSource());
    volumes.add(
        source == null
            ? Tree.map(
                "name",
                "scratch-data",
                "emptyDir",
                Tree.map("sizeLimit", limits == null ? null : Tree.of(limits.temporaryData())))
            : Tree.map("name", "scratch-data", "ephemeral", source));
    volumes.add(
        Tree.map(
            "name",
            "shm",
            "emptyDir",
            Tree.map(
                "medium", "Memory", "sizeLimit", limits == null ? null : Tree.of(limits.shm()))));
    if (spec.projectedVolumeTemplate() != null) {
      volumes.add(
          Tree.map("name", "projected", "projected", Tree.of(spec.projectedVolumeTemplate())));
    }
    for (ObjectNode extension : blueprint.image().extensions()) {
      volumes.add(
          Tree.map(
              "name",
              ObjectNames.extensionVolume(extension.path("name").asText()),
              "image",
              extension.path("image")));
    }
    volumes.add(Tree.map("name", "kube-api-access", "projected", apiAccess()));
    return volumes;
  }

  private static ObjectNode apiAccess() {
    return Tree.map(
        "sources",
        Tree.list(
            Tree.map(
                "serviceAccountToken",
                Tree.map("expirationSeconds", TOKEN_SECONDS, "path", "token")),
            Tree.map(
                "configMap",
                Tree.map(
                    "name",
                    "kube-root-ca.crt",
                    "items",
                    Tree.list(Tree.map("key", "ca.crt", "path", "ca.crt")))),
            Tree.map(
                "downwardAPI",
                Tree.map(
                    "items",
                    Tree.list(
                        Tree.map(
                            "path",
                            "namespace",
                            "fieldRef",
                            Tree.map("apiVersion", "v1", "fieldPath", "metadata.namespace")))))));
  }

  private static ArrayNode mounts(Blueprint blueprint, String instance) {
    ArrayNode mounts = Tree.list();
    InstanceStorage.mount(blueprint, instance, Tree.list(), mounts);
    mounts.add(Tree.map("name", "scratch-data", "mountPath", "/run"));
    mounts.add(Tree.map("name", "scratch-data", "mountPath", "/controller"));
    mounts.add(Tree.map("name", "shm", "mountPath", "/dev/shm"));
    if (blueprint.spec().projectedVolumeTemplate() != null) {
      mounts.add(Tree.map("name", "projected", "mountPath", "/projected"));
    }
    for (ObjectNode extension : blueprint.image().extensions()) {
      mounts.add(
          Tree.map(
              "name",
              ObjectNames.extensionVolume(extension.path("name").asText()),
              "mountPath",
              "/extensions/" + extension.path("name").asText(),
              "readOnly",
              true));
    }
    mounts.add(
        Tree.map(
            "name",
            "kube-api-access",
            "mountPath",
            "/var/run/secrets/kubernetes.io/serviceaccount",
            "readOnly",
            true));
    return mounts;
  }

  /// Annotations that pods and jobs take over from the Cluster.
  static Map<String, String> passedOn(Blueprint blueprint) {
    var passed = new TreeMap<String, String>();
    blueprint
        .cluster()
        .annotations()
        .forEach((key, value) -> {
          if (key.startsWith(Annotations.APPARMOR_PREFIX)) {
            passed.put(key, value);
          }
        });
    return passed;
  }
}
