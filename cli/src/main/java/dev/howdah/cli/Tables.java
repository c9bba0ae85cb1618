// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What is printed of a Cluster: the table of instances, and the same as JSON.
final class Tables {
  private Tables() {}

  /// The heading line and the table of instances, one string a line.
  static List<String> text(ClusterView view) {
    var lines = new ArrayList<String>();
    lines.add(
        "%s/%s: %s, %d of %d instances ready"
            .formatted(
                view.namespace(),
                view.name(),
                view.phase().isEmpty() ? "not seen by the operator yet" : view.phase(),
                view.readyInstances(),
                view.wanted()));
    if (!view.reason().isEmpty() && !view.ready()) {
      lines.add("  " + view.reason());
    }
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("INSTANCE", "ROLE", "STATE", "TIMELINE", "LSN", "LAG", "ADDRESS"));
    for (var i : view.instances()) {
      rows.add(
          List.of(
              i.name(),
              orDash(i.role()),
              i.state(),
              i.timeline() == 0 ? "-" : Long.toString(i.timeline()),
              orDash(i.lsn()),
              lag(i),
              i.address().isEmpty() ? "-" : i.address() + ":5432"));
    }
    lines.addAll(aligned(rows));
    return lines;
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String lag(ClusterView.Instance instance) {
    var bytes = instance.lagBytes();
    return bytes == null ? "-" : bytes(bytes);
  }

  /// As `0 B`, `12 kB`, `3.4 MB`, in steps of 1024 as PostgreSQL's `pg_size_pretty`.
  static String bytes(long bytes) {
    if (bytes < 10_240) {
      return bytes + " B";
    }
    double value = bytes;
    for (var unit : new String[] {"kB", "MB", "GB", "TB"}) {
      value /= 1024;
      if (value < 1024 || unit.equals("TB")) {
        return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, unit);
      }
    }
    throw new AssertionError();
  }

  static List<String> aligned(List<List<String>> rows) {
    var widths = new int[rows.getFirst().size()];
    for (var row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    var lines = new ArrayList<String>();
    for (var row : rows) {
      var line = new StringBuilder("  ");
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  static ObjectNode json(ClusterView view) {
    var node = Json.object();
    node.put("namespace", view.namespace()).put("name", view.name());
    node.put("phase", view.phase()).put("reason", view.reason()).put("ready", view.ready());
    node.put("instances", view.wanted()).put("readyInstances", view.readyInstances());
    node.put("currentPrimary", view.primary());
    var warnings = node.putArray("warnings");
    view.warnings().forEach(warnings::add);
    var instances = node.putArray("instanceStatus");
    for (var i : view.instances()) {
      var one = instances.addObject();
      one.put("name", i.name()).put("role", i.role()).put("state", i.state());
      one.put("timeline", i.timeline()).put("lsn", i.lsn()).put("lagBytes", i.lagBytes());
      one.put("address", i.address());
    }
    return node;
  }
}
