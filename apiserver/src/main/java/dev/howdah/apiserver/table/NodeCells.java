// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import static dev.howdah.apiserver.table.Column.age;
import static dev.howdah.apiserver.table.Column.text;

import java.util.List;
import java.util.TreeSet;

/// Nodes.
final class NodeCells {
  private static final String ROLE = "node-role.kubernetes.io/";

  static final List<Column> COLUMNS =
      BuiltInColumns.columns(
          text("Status", NodeCells::status),
          text("Roles", NodeCells::roles),
          age(),
          text("Version", row -> row.text("/status/nodeInfo/kubeletVersion")),
          text("Internal-IP", row -> address(row, "InternalIP")).wide(),
          text("External-IP", row -> address(row, "ExternalIP")).wide(),
          text("OS-Image", row -> row.text("/status/nodeInfo/osImage", Ages.UNKNOWN)).wide(),
          text("Kernel-Version", row -> row.text("/status/nodeInfo/kernelVersion", Ages.UNKNOWN))
              .wide(),
          text(
                  "Container-Runtime",
                  row -> row.text("/status/nodeInfo/containerRuntimeVersion", Ages.UNKNOWN))
              .wide());

  private NodeCells() {}

  private static String status(Row row) {
    var status = "Unknown";
    for (var condition : row.at("/status/conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        status = condition.path("status").asText().equals("True") ? "Ready" : "NotReady";
      }
    }
    return row.at("/spec/unschedulable").asBoolean() ? status + ",SchedulingDisabled" : status;
  }

  private static String roles(Row row) {
    var roles = new TreeSet<String>();
    row.at("/metadata/labels")
        .properties()
        .forEach(label -> {
          if (label.getKey().startsWith(ROLE) && label.getKey().length() > ROLE.length()) {
            roles.add(label.getKey().substring(ROLE.length()));
          } else if (label.getKey().equals("kubernetes.io/role")) {
            roles.add(label.getValue().asText());
          }
        });
    return roles.isEmpty() ? Row.NONE : String.join(",", roles);
  }

  private static String address(Row row, String type) {
    for (var address : row.at("/status/addresses")) {
      if (address.path("type").asText().equals(type)) {
        return address.path("address").asText();
      }
    }
    return Row.NONE;
  }
}
