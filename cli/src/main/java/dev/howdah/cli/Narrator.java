// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Tells what `howdah up` does: lines for people, or one JSON object a line for programs.
final class Narrator {
  private final PrintWriter out;
  private final boolean json;
  private volatile boolean stopping;

  Narrator(PrintWriter out, OutputOption.Format format) {
    this.out = out;
    this.json = format == OutputOption.Format.JSON;
  }

  /// Something that is said once.
  void say(String line) {
    print(json ? typed("message").put("text", line).toString() : line);
  }

  /// A hint for people, which programs don't need.
  void hint(String line) {
    if (!json) {
      print(line);
    }
  }

  /// Something changed, so many seconds after the start. While everything stops, changes are no
  /// news.
  void change(double seconds, String namespace, Journal.Change change) {
    if (stopping) {
      return;
    }
    if (json) {
      var line = typed("change").put("seconds", Math.round(seconds * 10) / 10.0);
      line.put("namespace", namespace).put("object", change.object()).put("text", change.text());
      print(line.toString());
    } else {
      print(
          String.format(Locale.ROOT, "%6.1f s  %-24s %s", seconds, change.object(), change.text()));
    }
  }

  /// The Clusters as they are now, for programs.
  void clusters(Path kubeconfig, List<ClusterView> views) {
    if (json) {
      var line = typed("clusters").put("kubeconfig", kubeconfig.toString());
      var list = line.putArray("clusters");
      views.forEach(view -> list.add(Tables.json(view)));
      print(line.toString());
    }
  }

  void stopping() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  private static ObjectNode typed(String type) {
    return Json.object().put("type", type);
  }

  private synchronized void print(String line) {
    out.println(line);
    out.flush();
  }
}
