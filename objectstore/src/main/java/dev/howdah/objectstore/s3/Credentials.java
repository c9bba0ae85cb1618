// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import org.jspecify.annotations.Nullable;

/// A key pair, and the session token of temporary ones.
public record Credentials(
    String accessKeyId, String secretAccessKey, @Nullable String sessionToken) {
  /// Where credentials come from; asked before each request, so that temporary ones can be renewed.
  @FunctionalInterface
  public interface Source {
    Credentials get();
  }

  /// For a source that never changes.
  public Credentials itself() {
    return this;
  }

  @Override
  public String toString() {
    return "Credentials[" + accessKeyId + "]";
  }
}
