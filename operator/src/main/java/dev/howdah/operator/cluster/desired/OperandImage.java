// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// The image that instances run, its PostgreSQL major, and the extensions that come as images.
public record OperandImage(String name, int major, List<ObjectNode> extensions) {
  public OperandImage {
    extensions = List.copyOf(extensions);
  }
}
