// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

/// What the instances' status servers and all who ask them agree on.
public final class InstanceRequest {
  /// The header that says which instance a request is for. The address may be another one's by now,
  /// which refuses it (HTTP 421).
  public static final String RECIPIENT = "Howdah-To";

  private InstanceRequest() {}
}
