// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import static dev.howdah.apiserver.table.Column.age;
import static dev.howdah.apiserver.table.Column.text;
import static dev.howdah.apiserver.table.Row.UNSET;

import java.util.List;
import java.util.stream.Collectors;

/// Volumes, claims and their classes.
final class VolumeCells {
  static final List<Column> CLAIMS =
      BuiltInColumns.columns(
          text("Status", VolumeCells::phase),
          text("Volume", row -> row.text("/spec/volumeName")),
          text("Capacity", row -> isBound(row) ? row.text("/status/capacity/storage", "0") : ""),
          text("Access Modes", row -> isBound(row) ? modes(row, "/status/accessModes") : ""),
          text("StorageClass", row -> row.text("/spec/storageClassName")),
          text("VolumeAttributesClass", VolumeCells::attributes),
          age(),
          text("VolumeMode", row -> row.text("/spec/volumeMode", UNSET)).wide());

  static final List<Column> VOLUMES =
      BuiltInColumns.columns(
          text("Capacity", row -> row.text("/spec/capacity/storage", "0")),
          text("Access Modes", row -> modes(row, "/spec/accessModes")),
          text("Reclaim Policy", row -> row.text("/spec/persistentVolumeReclaimPolicy")),
          text("Status", VolumeCells::phase),
          text("Claim", VolumeCells::claim),
          text("StorageClass", row -> row.text("/spec/storageClassName")),
          text("VolumeAttributesClass", VolumeCells::attributes),
          text("Reason", row -> row.text("/status/reason")),
          age(),
          text("VolumeMode", row -> row.text("/spec/volumeMode", UNSET)).wide());

  private VolumeCells() {}

  private static String phase(Row row) {
    return row.isDeleted() ? "Terminating" : row.text("/status/phase");
  }

  private static boolean isBound(Row row) {
    return !row.text("/spec/volumeName").isEmpty();
  }

  private static String attributes(Row row) {
    return row.text("/spec/volumeAttributesClassName", UNSET);
  }

  private static String claim(Row row) {
    return row.at("/spec/claimRef").isObject()
        ? row.text("/spec/claimRef/namespace") + "/" + row.text("/spec/claimRef/name")
        : "";
  }

  private static String modes(Row row, String path) {
    var given = row.at(path).valueStream().map(each -> each.asText()).toList();
    return List.of("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod").stream()
        .filter(given::contains)
        .map(VolumeCells::abbreviated)
        .collect(Collectors.joining(","));
  }

  private static String abbreviated(String mode) {
    return switch (mode) {
      case "ReadWriteOnce" -> "RWO";
      case "ReadOnlyMany" -> "ROX";
      case "ReadWriteMany" -> "RWX";
      default -> "RWOP";
    };
  }

  /// The default class says so in its name.
  static String className(Row row) {
    var annotations = row.at("/metadata/annotations");
    var name = row.text("/metadata/name");
    for (var prefix : List.of("storageclass.kubernetes.io", "storageclass.beta.kubernetes.io")) {
      if (annotations.path(prefix + "/is-default-class").asText().equals("true")) {
        return name + " (default)";
      }
    }
    return name;
  }
}
