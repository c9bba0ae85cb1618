// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

/// One thing that would happen, in its order.
///
/// @param object what it happens to, as kind and name
/// @param reason why, for a person; may be empty
public record Step(What what, String object, String reason) {
  /// What would happen.
  public enum What {
    /// An object is made.
    CREATE,
    /// An object of the operator's is changed.
    CHANGE,
    /// An object is deleted, and nothing of its name comes after it.
    DELETE,
    /// PostgreSQL reads its configuration anew; nobody is disconnected.
    RELOAD,
    /// PostgreSQL of one instance stops and starts.
    RESTART,
    /// Another instance becomes the primary.
    SWITCHOVER,
    /// Nothing more happens before a person acts.
    WAIT
  }

  String key() {
    return what + " " + object;
  }
}
