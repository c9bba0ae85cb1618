// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// The objects of a collection at one resource version.
public record Listing(List<ObjectNode> items, String resourceVersion) {
  public Listing {
    items = List.copyOf(items);
  }
}
