// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What `kubectl apply` makes of an object, so that one may go on with it: fields of the file
/// count, fields that the file had the last time and has no more go, all others stay.
final class KubectlMerge {
  private static final String LAST = "kubectl.kubernetes.io/last-applied-configuration";

  /// All annotations of an object together may have 256 KiB.
  private static final int LONGEST_NOTE = 200_000;

  /// By this name `kubectl apply --server-side` knows what it has applied before.
  static final String FIELD_MANAGER = "kubectl";

  private KubectlMerge() {}

  /// What was applied the last time by `kubectl apply`; empty if it never was.
  static Optional<ObjectNode> last(ObjectNode live) {
    var text = Json.annotation(live, LAST);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.parse(text.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /// The file's object with a note of itself, which the next `kubectl apply` compares with: whoever
  /// goes on with kubectl after `howdah up` sees no warning, and what the file drops goes.
  static ObjectNode remembered(ObjectNode file) {
    var plain = file.deepCopy();
    plain.withObject("/metadata").withObject("/annotations").remove(LAST);
    var note = Json.text(plain) + "\n";
    if (note.length() > LONGEST_NOTE) {
      return file; // the API server would refuse it
    }
    plain.withObject("/metadata/annotations").put(LAST, note);
    return plain;
  }

  static ObjectNode merged(ObjectNode live, ObjectNode last, ObjectNode file) {
    var result = live.deepCopy();
    drop(result, last, file);
    lay(result, file);
    return result;
  }

  private static void drop(ObjectNode from, JsonNode last, JsonNode file) {
    for (var field : last.properties()) {
      var name = field.getKey();
      if (!file.has(name)) {
        from.remove(name);
      } else if (from.get(name) instanceof ObjectNode inner && field.getValue().isObject()) {
        drop(inner, field.getValue(), file.path(name));
      }
    }
  }

  private static void lay(ObjectNode onto, ObjectNode file) {
    for (var field : file.properties()) {
      if (field.getValue().isNull()) {
        onto.remove(field.getKey());
      } else if (field.getValue() instanceof ObjectNode inner
          && onto.get(field.getKey()) instanceof ObjectNode there) {
        lay(there, inner);
      } else {
        onto.set(field.getKey(), field.getValue().deepCopy());
      }
    }
  }
}
