// SPDX-License-Identifier: Apache-2.0
package dev.howdah.http;

import java.time.Duration;

/// How long a request may take.
///
/// @param limit from its begin
/// @param covers what has to be over by then
public record Patience(Duration limit, Covers covers) {
  /// What a limit is for.
  public enum Covers {
    /// The request and all of its answer.
    ALL,
    /// The request and the head of its answer. The body may take as long as it does, so long as
    /// each wait for bytes of it is not longer than the limit.
    HEAD,
    /// As [#HEAD], but the body may be silent for ever: a stream of events.
    HEAD_OF_STREAM
  }
}
