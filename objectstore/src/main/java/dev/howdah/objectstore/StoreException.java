// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore;

import org.jspecify.annotations.Nullable;

/// An object store refused or could not be reached.
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// What kind of failure, as far as it decides what to do.
  public enum Kind {
    /// No such object.
    NOT_FOUND,
    /// No such bucket or container.
    NO_BUCKET,
    /// The credentials are wrong, or don't allow this.
    DENIED,
    /// The request itself is wrong; repeating it won't help.
    REFUSED,
    /// It is encrypted here, and the key isn't at hand or is another one.
    NO_KEY,
    /// What arrived is not what was sent.
    CORRUPT,
    /// The store has no room left, or a quota is used up.
    FULL,
    /// Its certificate isn't trusted, or names another host: a person has to look.
    UNTRUSTED,
    /// The store is busy or failed; worth another try later.
    UNAVAILABLE,
    /// No connection: name, port or network.
    UNREACHABLE
  }

  private final Kind kind;

  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public StoreException(Kind kind, String message) {
    this(kind, message, null);
  }

  public Kind kind() {
    return kind;
  }

  public boolean isNotFound() {
    return kind == Kind.NOT_FOUND;
  }

  /// Whether the same call may succeed later without anybody changing anything.
  public boolean isTransient() {
    return kind == Kind.UNAVAILABLE || kind == Kind.UNREACHABLE || kind == Kind.CORRUPT;
  }
}
