// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

/// An incremental backup can't build on the backup that it was to build on; a full one has to be
/// taken.
public final class NoParentException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  NoParentException(String message) {
    super(message);
  }
}
