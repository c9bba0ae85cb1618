// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Turns successive views of Clusters into what has changed.
final class Journal {
  private final Map<String, ClusterView> last = new HashMap<>();

  /// What was said of each instance last: one that could not be asked for a moment is no news.
  private final Map<String, String> said = new HashMap<>();

  /// @param object an instance, or the Cluster itself
  record Change(String object, String text) {}

  /// The changes since the view before: an instance's state, the primary, the Cluster's phase.
  List<Change> changes(ClusterView now) {
    var changes = new ArrayList<Change>();
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
        var text = text(instance);
        if (!text.equals(said.put(now.namespace() + "/" + instance.name(), text))) {
          changes.add(new Change(instance.name(), text));
        }
      }
    }
    for (var gone : previous.keySet()) {
      said.remove(now.namespace() + "/" + gone);
      changes.add(new Change(gone, "removed"));
    }
    if (before != null && !before.primary().isEmpty() && !before.primary().equals(now.primary())) {
      changes.add(
          new Change(now.primary(), "is the new primary (was %s)".formatted(before.primary())));
    }
    if (before == null || !before.phase().equals(now.phase())) {
      if (!now.phase().isEmpty()) {
        changes.add(
            new Change(
                now.name(),
                now.reason().isEmpty() ? now.phase() : now.phase() + ": " + now.reason()));
      }
    }
    var known = before == null ? List.<String>of() : before.warnings();
    now.warnings().stream()
        .filter(w -> !known.contains(w))
        .forEach(w -> changes.add(new Change(now.name(), "warning: " + w)));
    return changes;
  }

  private static String text(ClusterView.Instance i) {
    return i.state()
        + (i.role().isEmpty() ? "" : ", " + i.role())
        + (i.timeline() == 0 ? "" : ", timeline " + i.timeline());
  }
}
