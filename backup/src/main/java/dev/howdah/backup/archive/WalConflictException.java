// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

/// The archive already has a file of this name with other content: another server writes to the
/// same place, or this one was rewound. Nothing was overwritten.
public final class WalConflictException extends RuntimeException {
  private static final long serialVersionUID = 1;

  WalConflictException(String name, String where) {
    super(
        "the archive %s already has a different %s; nothing was overwritten. Another server archives to the same place: give each Cluster a serverName or destinationPath of its own"
            .formatted(where, name));
  }
}
