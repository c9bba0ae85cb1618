// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;

/// What a [Watch] tells its listener.
public sealed interface WatchEvent {
  /// The whole collection, at the start and whenever changes may have been missed: what is not in
  /// it is gone.
  record Listed(List<ObjectNode> objects) implements WatchEvent {
    public Listed {
      objects = List.copyOf(objects);
    }
  }

  /// An object was added or changed.
  record Upserted(ObjectNode object) implements WatchEvent {}

  /// An object was deleted, or no longer matches the selection; this is its last state.
  record Deleted(ObjectNode object) implements WatchEvent {}

  /// The API server could not be asked; the watch goes on by itself after `retryIn`.
  record Failed(KubeException cause, Duration retryIn) implements WatchEvent {}
}
