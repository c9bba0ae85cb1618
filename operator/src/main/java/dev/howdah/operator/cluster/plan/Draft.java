// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.tree.Tree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A plan while it is being made. Of several phases the first one counts: the parts of the decision
/// run in the order of their weight.
final class Draft {
  /// When to look again where nothing is under way: a safety net, everything has its event.
  static final Duration CALM = Duration.ofMinutes(5);

  final List<Action> actions = new ArrayList<>();
  final List<Note> notes = new ArrayList<>();
  final Map<String, Condition> conditions = new LinkedHashMap<>();
  private String phase = "";
  private String phaseReason = "";
  private Duration lookAgain = CALM;
  private boolean stopped;

  /// A condition as it shall be.
  record Condition(String type, boolean isTrue, String reason, String message) {}

  void add(Action action) {
    actions.add(action);
  }

  void create(Resource resource, ObjectNode object, String subject, String reason) {
    actions.add(new Action.Create(resource, object, subject, reason));
  }

  void delete(Resource resource, Meta meta, String subject, Action.Guard guard, String reason) {
    if (!meta.deleting()) {
      actions.add(new Action.Delete(resource, meta, subject, guard, reason));
    }
  }

  /// Whether the data of an instance goes already.
  boolean deletesVolumes() {
    return actions.stream()
        .anyMatch(action ->
            action instanceof Action.Delete delete
                && delete.resource().equals(Resource.PERSISTENT_VOLUME_CLAIMS));
  }

  /// Notes something on the claim of an instance's data, where there is one.
  void annotate(Instance instance, String annotation, String value, String reason) {
    instance
        .data()
        .ifPresent(volume ->
            actions.add(
                new Action.Merge(
                    Resource.PERSISTENT_VOLUME_CLAIMS,
                    volume.meta(),
                    Tree.map("metadata", Tree.map("annotations", Tree.map(annotation, value))),
                    instance.name(),
                    reason)));
  }

  void note(Note note) {
    notes.add(note);
  }

  void normal(String reason, String message) {
    notes.add(Note.normal(reason, message));
  }

  void warn(String reason, String message) {
    notes.add(Note.warning(reason, message));
  }

  void condition(String type, boolean isTrue, String reason, String message) {
    conditions.put(type, new Condition(type, isTrue, reason, message));
  }

  void phase(String phase, String reason) {
    if (this.phase.isEmpty()) {
      this.phase = phase;
      this.phaseReason = reason;
    }
  }

  boolean hasPhase() {
    return !phase.isEmpty();
  }

  String phase() {
    return phase;
  }

  String phaseReason() {
    return phaseReason;
  }

  /// Decide nothing more about instances.
  void stop() {
    stopped = true;
  }

  boolean stopped() {
    return stopped;
  }

  void lookAgain(Duration within) {
    if (within.compareTo(lookAgain) < 0) {
      lookAgain = within;
    }
  }

  Duration lookAgain() {
    return lookAgain;
  }
}
