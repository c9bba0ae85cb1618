// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import org.jspecify.annotations.Nullable;

/// One write. For DELETED `object` is the last state under the revision of its deletion; `previous`
/// is the state before the change, absent for ADDED.
public record Change(Kind kind, Stored object, @Nullable Stored previous) {
  /// What happened, as watch events name it.
  public enum Kind {
    ADDED,
    MODIFIED,
    DELETED
  }

  /// The revision the change made.
  public long revision() {
    return object.revision();
  }
}
