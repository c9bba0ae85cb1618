// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Turns successive views of Clusters into lines that say what has changed.
final class Journal {
  private final Map<String, ClusterView> last = new HashMap<>();

  /// The changes since the view before: an instance's state, the primary, the Cluster's phase.
  List<String> changes(ClusterView now) {
    var lines = new ArrayList<String>();
    var before = last.put(now.namespace() + "/" + now.name(), now);
    var previous = new HashMap<String, ClusterView.Instance>();
    if (before != null) {
      before.instances().forEach(i -> previous.put(i.name(), i));
    }
    for (var instance : now.instances()) {
      var old = previous.remove(instance.name());
      if (old == null
          || !old.state().equals(instance.state())
          || !old.role().equals(instance.role())
          || (old.timeline() != instance.timeline() && instance.timeline() != 0)) {
        lines.add(line(instance));
      }
    }
    previous.keySet().forEach(gone -> lines.add("%-24s removed".formatted(gone)));
    if (before != null && !before.primary().isEmpty() && !before.primary().equals(now.primary())) {
      lines.add("%-24s is the new primary (was %s)".formatted(now.primary(), before.primary()));
    }
    if (before == null || !before.phase().equals(now.phase())) {
      if (!now.phase().isEmpty()) {
        lines.add(
            "%-24s %s%s"
                .formatted(
                    now.name(), now.phase(), now.reason().isEmpty() ? "" : ": " + now.reason()));
      }
    }
    var known = before == null ? List.<String>of() : before.warnings();
    now.warnings().stream()
        .filter(w -> !known.contains(w))
        .forEach(w -> lines.add("%-24s warning: %s".formatted(now.name(), w)));
    return lines;
  }

  private static String line(ClusterView.Instance i) {
    return String.format(
        Locale.ROOT,
        "%-24s %s%s%s",
        i.name(),
        i.state(),
        i.role().isEmpty() ? "" : ", " + i.role(),
        i.timeline() == 0 ? "" : ", timeline " + i.timeline());
  }
}
