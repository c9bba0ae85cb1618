// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.http;

import java.io.IOException;

/// One address of the server.
///
/// @param access who may ask
/// @param longest body in bytes
/// @param work what answers
public record Endpoint(Access access, int longest, Work work) {
  private static final int LONGEST_BODY = 64 * 1024;

  public Endpoint(Access access, Work work) {
    this(access, LONGEST_BODY, work);
  }

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

  /// @param body no longer than the endpoint allows
  public record Request(String method, String query, byte[] body) {}

  public static Endpoint open(Work work) {
    return new Endpoint(Access.EVERYBODY, work);
  }
}
