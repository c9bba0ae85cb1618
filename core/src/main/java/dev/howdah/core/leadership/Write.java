// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

/// A conditional write of the Lease that was not answered yet.
record Write(long request, long sentAt, String version, LeaseRecord record, Purpose purpose) {
  enum Purpose {
    RENEW,
    /// Take the Lease for the data that had it last, or for the first time.
    ACQUIRE,
    ELECT,
    RELEASE,
    /// The same in the place of its holder, which doesn't reach the API server.
    RELEASE_FOR_PEER
  }
}
