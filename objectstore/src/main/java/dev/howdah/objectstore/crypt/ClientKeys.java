// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.crypt;

import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/// The keys that objects are encrypted with, each by its id, which every object names.
///
/// @param active what is written is encrypted with this one; empty: it is not encrypted
/// @param origin where they come from, or how to give some, for messages
public record ClientKeys(Map<String, SecretKey> keys, String active, String origin) {
  private static final int BYTES = 32;
  private static final int LONGEST_ID = 253;

  public ClientKeys {
    keys = Map.copyOf(keys);
    if (!active.isEmpty() && !keys.containsKey(active)) {
      throw new IllegalArgumentException(
          "%s has no key \"%s\" to encrypt backups with; add it: 32 random bytes in base64, as `openssl rand -base64 32` makes them"
              .formatted(origin, active));
    }
  }

  /// None: nothing is encrypted, and what is can't be read.
  ///
  /// @param remedy how to give keys
  public static ClientKeys none(String remedy) {
    return new ClientKeys(Map.of(), "", remedy);
  }

  /// Reads them as a Secret holds them: 32 bytes each, in base64.
  ///
  /// @throws IllegalArgumentException if one is something else; never with its value
  public static ClientKeys of(Map<String, String> texts, String active, String origin) {
    var keys = new TreeMap<String, SecretKey>();
    texts.forEach((id, text) -> {
      byte[] bytes;
      try {
        bytes = Base64.getDecoder().decode(text.strip());
      } catch (IllegalArgumentException e) {
        bytes = new byte[0];
      }
      if (bytes.length != BYTES || id.isEmpty() || id.length() > LONGEST_ID) {
        throw new IllegalArgumentException(
            "%s: \"%s\" is not 32 bytes in base64; make a key with `openssl rand -base64 32`"
                .formatted(origin, id));
      }
      keys.put(id, new SecretKeySpec(bytes, "AES"));
    });
    return new ClientKeys(keys, active, origin);
  }

  boolean encrypts() {
    return !active.isEmpty();
  }

  @Override
  public String toString() {
    return "ClientKeys[" + String.join(", ", keys.keySet()) + "]";
  }
}
