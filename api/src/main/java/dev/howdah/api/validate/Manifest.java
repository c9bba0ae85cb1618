// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/// One object of a file.
///
/// @param source the file's name
/// @param line the line, from 1, where the object begins
/// @param lines the line of each field, by its path as findings have it
public record Manifest(String source, int line, ObjectNode tree, Map<String, Integer> lines) {
  /// The line of a field, or of the nearest one around it that is written.
  public int lineOf(String path) {
    String at = path;
    while (!at.isEmpty()) {
      Integer found = lines.get(at);
      if (found != null) {
        return found;
      }
      int cut = Math.max(at.lastIndexOf('.'), at.lastIndexOf('['));
      at = cut < 0 ? "" : at.substring(0, cut);
    }
    return line;
  }

  public String text(String parent, String field) {
    return tree.path(parent).path(field).asText("");
  }

  /// As `Cluster database/customer-postgres`.
  public String title() {
    String namespace = text("metadata", "namespace");
    String name = text("metadata", "name");
    return tree.path("kind").asText("?")
        + " "
        + (namespace.isEmpty() ? "" : namespace + "/")
        + name;
  }
}
