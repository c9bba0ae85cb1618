// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

/// The version of the instance manager that this operator has for the pods.
///
/// @param hash of the list of its files; empty: it has none to give
/// @param architecture that it runs on, as `status.availableArchitectures` names it
/// @param fingerprint of the operator's own key, by which instances know it
public record ManagerOffer(String hash, String architecture, String fingerprint) {
  public static final ManagerOffer NONE = new ManagerOffer("", "", "");

  /// One name for what Java and the system call differently.
  public static String architecture(String name) {
    return switch (name) {
      case "x86_64", "amd64" -> "amd64";
      case "aarch64", "arm64" -> "arm64";
      default -> name;
    };
  }

  public boolean isNone() {
    return hash.isEmpty();
  }
}
