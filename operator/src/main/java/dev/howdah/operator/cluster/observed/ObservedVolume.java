// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.operator.tree.Tree;

/// A volume claim of an instance.
///
/// @param requested size asked for, as written
/// @param capacity size it has, empty while it has none
public record ObservedVolume(
    Meta meta,
    String phase,
    String requested,
    String capacity,
    boolean resizing,
    boolean mayNotGrow) {
  /// Reads it.
  public static ObservedVolume of(ObjectNode object) {
    JsonNode status = object.path("status");
    JsonNode conditions = status.path("conditions");
    return new ObservedVolume(
        Meta.of(object),
        status.path("phase").asText(""),
        object.path("spec").path("resources").path("requests").path("storage").asText(""),
        status.path("capacity").path("storage").asText(""),
        isTrue(conditions, "Resizing") || isTrue(conditions, "FileSystemResizePending"),
        isTrue(conditions, "ControllerResizeError") || isTrue(conditions, "NodeResizeError"));
  }

  private static boolean isTrue(JsonNode conditions, String type) {
    return Tree.named(conditions, "type", type).path("status").asText("").equals("True");
  }

  public String name() {
    return meta.name();
  }

  public String instance() {
    return meta.label(Labels.INSTANCE_NAME);
  }

  /// `PG_DATA`, `PG_WAL` or `PG_TABLESPACE`.
  public String role() {
    return meta.label(Labels.PVC_ROLE);
  }

  public String tablespace() {
    return meta.label(Labels.TABLESPACE_NAME);
  }

  public String state() {
    return meta.annotation(Annotations.PVC_STATUS);
  }

  /// The instance's number, 0 when it isn't written on the volume.
  public int serial() {
    try {
      return Integer.parseInt(meta.annotation(Annotations.NODE_SERIAL));
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  /// Whether the volume counts: it belongs to a numbered instance and is neither set aside nor
  /// about to be deleted.
  public boolean counts() {
    return serial() > 0
        && !meta.deleting()
        && !state().equals(Annotations.PVC_DETACHED)
        && !phase.equals("Lost");
  }
}
