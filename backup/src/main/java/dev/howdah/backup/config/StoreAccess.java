// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.config;

import org.jspecify.annotations.Nullable;

/// With which rights an object store is used. None of these prints a secret.
public sealed interface StoreAccess {
  /// No credentials: a local folder, or what the environment gives.
  record Environment(String region) implements StoreAccess {}

  /// Static S3 keys, or temporary ones with their token.
  record S3Keys(String id, String secret, @Nullable String token, String region)
      implements StoreAccess {
    @Override
    public String toString() {
      return "S3Keys[" + id + "]";
    }
  }

  /// The role of the pod or the machine.
  record S3Role(String region) implements StoreAccess {}

  /// An Azure storage account, with its key or a shared access signature.
  ///
  /// @param endpoint of the blob service where a connection string names one
  record AzureAccount(
      String account, @Nullable String key, @Nullable String sas, @Nullable String endpoint)
      implements StoreAccess {
    @Override
    public String toString() {
      return "AzureAccount[" + account + "]";
    }
  }

  /// The managed or workload identity of the pod.
  record AzureIdentity(@Nullable String account) implements StoreAccess {}

  /// A Google service account's JSON key.
  record GoogleKey(String json) implements StoreAccess {
    @Override
    public String toString() {
      return "GoogleKey";
    }
  }

  /// The identity that Google's metadata server gives.
  record GoogleIdentity() implements StoreAccess {}
}
