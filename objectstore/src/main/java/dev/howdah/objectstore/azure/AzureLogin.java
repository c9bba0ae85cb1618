// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.azure;

import dev.howdah.objectstore.token.BearerToken;

/// How requests to a storage account are authorized. None of these prints a secret.
public sealed interface AzureLogin {
  /// By the account's key, in base64.
  record AccountKey(String key) implements AzureLogin {
    @Override
    public String toString() {
      return "AccountKey";
    }
  }

  /// By a shared access signature, with or without its question mark.
  record SharedAccess(String signature) implements AzureLogin {
    @Override
    public String toString() {
      return "SharedAccess";
    }
  }

  /// By the identity of the pod or the machine.
  record Identity(BearerToken token) implements AzureLogin {}
}
