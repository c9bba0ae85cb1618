// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

/// An instance together with the data it holds.
///
/// @param name of the instance (its Pod), which is also its `application_name`
/// @param volume identity of the data directory: the volume claim's UID, plus a nonce that every
///   clone into it makes anew. An instance that lost its data is another member under the same
///   name, and doesn't vote for what it no longer has. Empty for a standby outside the cluster
public record Member(String name, String volume) {

  /// A standby outside the cluster: it can acknowledge, but it never votes.
  public static Member remote(String name) {
    return new Member(name, "");
  }

  public boolean isRemote() {
    return volume.isEmpty();
  }
}
