// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.http;

import java.io.IOException;

/// One address of the server.
///
/// @param access who may ask
/// @param work what answers
public record Endpoint(Access access, Work work) {
  /// Who may ask.
  public enum Access {
    /// Probes and metrics collectors, which have no certificate.
    EVERYBODY,
    /// Other instances of the cluster.
    PEERS,
    /// The operator, by the fingerprint of its key in the Cluster's status.
    OPERATOR
  }

  /// Answers a request.
  @FunctionalInterface
  public interface Work {
    Reply answer(Request request) throws IOException, InterruptedException;
  }

  /// @param body at most 64 KiB
  public record Request(String method, String query, byte[] body) {}

  public static Endpoint open(Work work) {
    return new Endpoint(Access.EVERYBODY, work);
  }
}
