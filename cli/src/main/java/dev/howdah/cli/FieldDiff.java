// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The fields in which two versions of an object differ. Lists count as one value.
final class FieldDiff {
  private static final int LONGEST = 80;
  private static final Set<String> SERVERS_OWN =
      Set.of(
          "metadata.managedFields",
          "metadata.resourceVersion",
          "metadata.generation",
          "metadata.creationTimestamp",
          "metadata.uid",
          "metadata.selfLink",
          "metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
          "status");

  /// One difference; empty text where a side has no such field.
  record Change(String path, String before, String after) {}

  private FieldDiff() {}

  static List<Change> between(ObjectNode before, ObjectNode after) {
    var changes = new ArrayList<Change>();
    boolean secret = after.path("kind").asText().equals("Secret");
    compare("", before, after, secret, changes);
    return changes;
  }

  private static void compare(
      String path, JsonNode before, JsonNode after, boolean secret, List<Change> into) {
    if (SERVERS_OWN.contains(path) || before.equals(after)) {
      return;
    }
    boolean objects =
        (before.isObject() || before.isMissingNode())
            && (after.isObject() || after.isMissingNode())
            && !(before.isEmpty() && after.isEmpty());
    if (!objects) {
      boolean hidden = secret && (path.startsWith("data") || path.startsWith("stringData"));
      into.add(
          hidden
              ? new Change(path, "(hidden)", "(hidden)")
              : new Change(path, shown(before), shown(after)));
      return;
    }
    var names = new TreeSet<String>();
    before.fieldNames().forEachRemaining(names::add);
    after.fieldNames().forEachRemaining(names::add);
    for (var name : names) {
      compare(
          path.isEmpty() ? name : path + "." + name,
          before.path(name),
          after.path(name),
          secret,
          into);
    }
  }

  private static String shown(JsonNode value) {
    var text = value.isMissingNode() ? "" : value.isTextual() ? value.asText() : value.toString();
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
