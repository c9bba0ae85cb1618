// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import java.util.ArrayList;
import java.util.Map;

/// The answer to an apply that would change fields of other owners.
final class Conflicts {
  private Conflicts() {}

  /// The failure that lists all conflicts by owner, in kube-apiserver's words.
  static PatchFailure failure(Map<ManagedFields.Id, FieldSet> conflicts) {
    var causes = new ArrayList<PatchFailure.Cause>();
    var text = new StringBuilder();
    conflicts.forEach((id, fields) -> {
      text.append(text.isEmpty() ? "" : "\n")
          .append("conflicts with ")
          .append(id.display())
          .append(':');
      for (var field : fields.display()) {
        text.append("\n- ").append(field);
        causes.add(
            new PatchFailure.Cause("FieldManagerConflict", "conflict with " + id.display(), field));
      }
    });
    var first = causes.getFirst();
    var message =
        causes.size() == 1
            ? "Apply failed with 1 conflict: %s: %s".formatted(first.message(), first.field())
            : "Apply failed with %d conflicts: %s".formatted(causes.size(), text);
    return new PatchFailure(409, "Conflict", message, causes);
  }
}
