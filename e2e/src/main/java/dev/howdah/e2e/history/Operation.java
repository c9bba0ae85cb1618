// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.history;

import java.util.List;

/// One append of a unique number to the list of a key, as its client saw it.
///
/// @param client who did it; one at a time
/// @param began `System.nanoTime()` before it was sent
/// @param ended when the answer, or its absence, was known
/// @param seen the list after the append, as the server returned it; empty unless acknowledged
public record Operation(
    int client, int key, long value, long began, long ended, Outcome outcome, List<Long> seen) {
  /// What the client knows.
  public enum Outcome {
    /// Acknowledged: it has happened and must stay.
    OK,
    /// It certainly did not happen.
    FAILED,
    /// The answer is missing.
    UNKNOWN
  }

  public Operation {
    seen = List.copyOf(seen);
  }
}
