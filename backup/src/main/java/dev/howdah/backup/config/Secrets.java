// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.config;

/// Where the values of Secrets come from; only this knows Kubernetes.
@FunctionalInterface
public interface Secrets {
  /// One value of a Secret in the Cluster's namespace.
  ///
  /// @throws IllegalArgumentException saying which Secret or which key of it is missing
  String value(String name, String key);
}
