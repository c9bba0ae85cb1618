// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

/// A file that can't be read as manifests at all.
public final class UnreadableManifest extends Exception {
  private static final long serialVersionUID = 1;

  private final int line;

  UnreadableManifest(int line, String message) {
    super(message);
    this.line = line;
  }

  /// The line, from 1; 0 where it is unknown.
  public int line() {
    return line;
  }
}
