// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import static dev.howdah.apiserver.table.Column.age;
import static dev.howdah.apiserver.table.Column.flag;
import static dev.howdah.apiserver.table.Column.number;
import static dev.howdah.apiserver.table.Column.objectName;
import static dev.howdah.apiserver.table.Column.text;
import static dev.howdah.apiserver.table.Row.NONE;
import static dev.howdah.apiserver.table.Row.UNSET;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The columns of the built-in resources, as kube-apiserver has them.
final class BuiltInColumns {
  private static final String POD_SPEC = "/spec/template/spec/containers";

  private static final Map<String, List<Column>> BY_RESOURCE =
      Map.ofEntries(
          Map.entry("pods", PodCells.COLUMNS),
          Map.entry(
              "services",
              columns(
                  text("Type", row -> row.text("/spec/type")),
                  text("Cluster-IP", row -> row.text("/spec/clusterIPs/0", NONE)),
                  text("External-IP", ServiceCells::externalAddress),
                  text("Port(s)", ServiceCells::ports),
                  age(),
                  text("Selector", row -> row.labels("/spec/selector")).wide())),
          Map.entry("endpoints", columns(text("Endpoints", ServiceCells::endpoints), age())),
          Map.entry(
              "endpointslices.discovery.k8s.io",
              columns(
                  text("AddressType", row -> row.text("/addressType")),
                  text("Ports", ServiceCells::slicePorts),
                  text("Endpoints", ServiceCells::sliceEndpoints),
                  age())),
          Map.entry("persistentvolumeclaims", VolumeCells.CLAIMS),
          Map.entry("persistentvolumes", VolumeCells.VOLUMES),
          Map.entry(
              "secrets",
              columns(
                  text("Type", row -> row.text("/type")),
                  text("Data", row -> row.size("/data")),
                  age())),
          Map.entry(
              "configmaps",
              columns(text("Data", row -> row.size("/data") + row.size("/binaryData")), age())),
          Map.entry("events", EventCells.COLUMNS),
          Map.entry("events.events.k8s.io", EventCells.COLUMNS),
          Map.entry("nodes", NodeCells.COLUMNS),
          Map.entry("namespaces", columns(text("Status", row -> row.text("/status/phase")), age())),
          Map.entry(
              "serviceaccounts", columns(text("Secrets", row -> row.size("/secrets")), age())),
          Map.entry("limitranges", columns(created())),
          Map.entry(
              "resourcequotas",
              columns(
                  text("Request", row -> quotas(row, false)),
                  text("Limit", row -> quotas(row, true)),
                  age())),
          Map.entry("replicationcontrollers", replicaSets()),
          Map.entry("replicasets.apps", replicaSets()),
          Map.entry(
              "deployments.apps",
              columns(
                  text("Ready", BuiltInColumns::readyOfWanted),
                  text("Up-to-date", row -> row.number("/status/updatedReplicas")),
                  text("Available", row -> row.number("/status/availableReplicas")),
                  age(),
                  containers(),
                  images(),
                  selector())),
          Map.entry(
              "statefulsets.apps",
              columns(text("Ready", BuiltInColumns::readyOfWanted), age(), containers(), images())),
          Map.entry(
              "daemonsets.apps",
              columns(
                  number("Desired", row -> row.number("/status/desiredNumberScheduled")),
                  number("Current", row -> row.number("/status/currentNumberScheduled")),
                  number("Ready", row -> row.number("/status/numberReady")),
                  number("Up-to-date", row -> row.number("/status/updatedNumberScheduled")),
                  number("Available", row -> row.number("/status/numberAvailable")),
                  text("Node Selector", row -> row.labels("/spec/template/spec/nodeSelector")),
                  age(),
                  containers(),
                  images(),
                  selector())),
          Map.entry(
              "controllerrevisions.apps",
              columns(
                  text("Controller", BuiltInColumns::controller),
                  text("Revision", row -> row.number("/revision")),
                  age())),
          Map.entry("jobs.batch", JobCells.JOBS),
          Map.entry("cronjobs.batch", JobCells.CRON_JOBS),
          Map.entry(
              "leases.coordination.k8s.io",
              columns(text("Holder", row -> row.text("/spec/holderIdentity")), age())),
          Map.entry("roles.rbac.authorization.k8s.io", columns(created())),
          Map.entry("clusterroles.rbac.authorization.k8s.io", columns(created())),
          Map.entry("rolebindings.rbac.authorization.k8s.io", bindings()),
          Map.entry("clusterrolebindings.rbac.authorization.k8s.io", bindings()),
          Map.entry(
              "poddisruptionbudgets.policy",
              columns(
                  text("Min Available", row -> row.text("/spec/minAvailable", "N/A")),
                  text("Max Unavailable", row -> row.text("/spec/maxUnavailable", "N/A")),
                  number("Allowed Disruptions", row -> row.number("/status/disruptionsAllowed")),
                  age())),
          Map.entry("customresourcedefinitions.apiextensions.k8s.io", columns(created())),
          Map.entry(
              "storageclasses.storage.k8s.io",
              List.of(
                  new Column("Name", "string", "name", "", 0, VolumeCells::className),
                  text("Provisioner", row -> row.text("/provisioner")),
                  text("ReclaimPolicy", row -> row.text("/reclaimPolicy", "Delete")),
                  text("VolumeBindingMode", row -> row.text("/volumeBindingMode", "Immediate")),
                  text("AllowVolumeExpansion", row -> row.at("/allowVolumeExpansion").asBoolean()),
                  age())),
          Map.entry(
              "csinodes.storage.k8s.io",
              columns(number("Drivers", row -> row.size("/spec/drivers")), age())),
          Map.entry(
              "ingresses.networking.k8s.io",
              columns(
                  text("Class", row -> row.text("/spec/ingressClassName", NONE)),
                  text("Hosts", BuiltInColumns::hosts),
                  text("Address", row -> row.joined("/status/loadBalancer/ingress", "ip", ",")),
                  text("Ports", row -> row.size("/spec/tls") > 0 ? "80, 443" : "80"),
                  age())),
          Map.entry(
              "ingressclasses.networking.k8s.io",
              columns(
                  text("Controller", row -> row.text("/spec/controller")),
                  text("Parameters", row -> row.text("/spec/parameters/name", NONE)),
                  age())),
          Map.entry(
              "networkpolicies.networking.k8s.io",
              columns(text("Pod-Selector", row -> row.selector("/spec/podSelector")), age())),
          Map.entry(
              "priorityclasses.scheduling.k8s.io",
              columns(
                  number("Value", row -> row.number("/value")),
                  flag("Global-Default", row -> row.at("/globalDefault").asBoolean()),
                  age(),
                  text("PreemptionPolicy", row -> row.text("/preemptionPolicy")))),
          Map.entry(
              "horizontalpodautoscalers.autoscaling",
              columns(
                  text(
                      "Reference",
                      row ->
                          row.text("/spec/scaleTargetRef/kind")
                              + "/"
                              + row.text("/spec/scaleTargetRef/name")),
                  text("Targets", row -> NONE),
                  text("MinPods", row -> row.text("/spec/minReplicas", UNSET)),
                  text("MaxPods", row -> row.number("/spec/maxReplicas")),
                  text("Replicas", row -> row.number("/status/currentReplicas")),
                  age())),
          Map.entry("validatingwebhookconfigurations.admissionregistration.k8s.io", webhooks()),
          Map.entry("mutatingwebhookconfigurations.admissionregistration.k8s.io", webhooks()),
          Map.entry(
              "apiservices.apiregistration.k8s.io",
              columns(
                  text("Service", BuiltInColumns::apiService),
                  text("Available", BuiltInColumns::available),
                  age())),
          Map.entry(
              "runtimeclasses.node.k8s.io",
              columns(text("Handler", row -> row.text("/handler")), age())));

  private static final List<Column> PLAIN = columns(created());

  private BuiltInColumns() {}

  static List<Column> of(String group, String resource) {
    return BY_RESOURCE.getOrDefault(group.isEmpty() ? resource : resource + "." + group, PLAIN);
  }

  static List<Column> columns(Column... others) {
    return Stream.concat(Stream.of(objectName()), Stream.of(others)).toList();
  }

  private static Column created() {
    return new Column(
        "Created At", "date", "", "", 0, row -> row.text("/metadata/creationTimestamp"));
  }

  static Column containers() {
    return text("Containers", row -> row.joined(POD_SPEC, "name", ",")).wide();
  }

  static Column images() {
    return text("Images", row -> row.joined(POD_SPEC, "image", ",")).wide();
  }

  static Column selector() {
    return text("Selector", row -> row.selector("/spec/selector")).wide();
  }

  private static List<Column> replicaSets() {
    return columns(
        number("Desired", row -> row.number("/spec/replicas")),
        number("Current", row -> row.number("/status/replicas")),
        number("Ready", row -> row.number("/status/readyReplicas")),
        age(),
        containers(),
        images(),
        selector());
  }

  private static List<Column> bindings() {
    return columns(
        text("Role", row -> row.text("/roleRef/kind") + "/" + row.text("/roleRef/name")),
        age(),
        text("Users", row -> subjects(row, "User", each -> each.path("name").asText())).wide(),
        text("Groups", row -> subjects(row, "Group", each -> each.path("name").asText())).wide(),
        text(
                "ServiceAccounts",
                row ->
                    subjects(
                        row,
                        "ServiceAccount",
                        each -> each.path("namespace").asText() + "/" + each.path("name").asText()))
            .wide());
  }

  private static String subjects(Row row, String kind, Function<JsonNode, String> name) {
    return row.at("/subjects")
        .valueStream()
        .filter(each -> each.path("kind").asText().equals(kind))
        .map(name)
        .collect(Collectors.joining(", "));
  }

  private static List<Column> webhooks() {
    return columns(number("Webhooks", row -> row.size("/webhooks")), age());
  }

  private static String readyOfWanted(Row row) {
    return row.number("/status/readyReplicas") + "/" + row.number("/spec/replicas");
  }

  private static String quotas(Row row, boolean limits) {
    return row.at("/status/hard")
        .propertyStream()
        .filter(each -> each.getKey().startsWith("limits.") == limits)
        .map(each ->
            each.getKey()
                + ": "
                + row.at("/status/used").path(each.getKey()).asText("0")
                + "/"
                + each.getValue().asText())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String controller(Row row) {
    for (var owner : row.at("/metadata/ownerReferences")) {
      if (owner.path("controller").asBoolean()) {
        var group = owner.path("apiVersion").asText().replaceFirst("/?[^/]*$", "");
        var kind = owner.path("kind").asText().toLowerCase(Locale.ROOT);
        return kind + (group.isEmpty() ? "" : "." + group) + "/" + owner.path("name").asText();
      }
    }
    return NONE;
  }

  private static String hosts(Row row) {
    var rules = row.at("/spec/rules");
    var hosts = new ArrayList<String>();
    for (var rule : rules) {
      var host = rule.path("host").asText();
      if (!host.isEmpty() && hosts.size() < 3) {
        hosts.add(host);
      }
    }
    var text = hosts.isEmpty() ? "*" : String.join(",", hosts);
    return hosts.size() == 3 && rules.size() > 3
        ? text + " + " + (rules.size() - 3) + " more..."
        : text;
  }

  private static String apiService(Row row) {
    return row.at("/spec/service").isObject()
        ? row.text("/spec/service/namespace") + "/" + row.text("/spec/service/name")
        : "Local";
  }

  private static String available(Row row) {
    for (var condition : row.at("/status/conditions")) {
      if (condition.path("type").asText().equals("Available")) {
        var status = condition.path("status").asText();
        var reason = condition.path("reason").asText();
        return status.equals("True") ? status : status + " (" + reason + ")";
      }
    }
    return "Unknown";
  }
}
