// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore;

import java.util.Map;

/// How to store an object.
///
/// @param ifAbsent leave an object that is already there alone
/// @param encryption the store's own encryption: empty, `AES256` or `aws:kms`
/// @param tags object tags, where the store has such
/// @param encryptionKey the KMS key's id; empty for the bucket's own
public record PutOptions(
    boolean ifAbsent, String encryption, String encryptionKey, Map<String, String> tags) {
  public static final PutOptions PLAIN = new PutOptions(false, "", Map.of());

  public PutOptions(boolean ifAbsent, String encryption, Map<String, String> tags) {
    this(ifAbsent, encryption, "", tags);
  }

  public PutOptions {
    tags = Map.copyOf(tags);
  }

  public PutOptions onlyIfAbsent() {
    return new PutOptions(true, encryption, encryptionKey, tags);
  }
}
