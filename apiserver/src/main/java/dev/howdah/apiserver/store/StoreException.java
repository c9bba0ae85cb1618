// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

/// A write that did not happen, or a read of a state that is gone.
public final class StoreException extends Exception {
  private static final long serialVersionUID = 1;

  /// Why.
  public enum Why {
    /// An object of this name exists.
    EXISTS,
    /// The object has changed since it was read, or is gone.
    CHANGED,
    /// The revision is older than what is still known.
    COMPACTED,
    /// The disk refused.
    FAILED
  }

  private final Why why;

  StoreException(Why why, String message) {
    super(message);
    this.why = why;
  }

  StoreException(Why why, String message, Throwable cause) {
    super(message, cause);
    this.why = why;
  }

  /// The reason, to switch on.
  public Why why() {
    return why;
  }
}
