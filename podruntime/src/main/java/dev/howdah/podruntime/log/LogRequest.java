// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.log;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Which part of a log, and how; null means no limit.
public record LogRequest(
    boolean follow,
    boolean timestamps,
    @Nullable Integer tailLines,
    @Nullable Instant since,
    @Nullable Long limitBytes) {
  /// All there is.
  public static final LogRequest ALL = new LogRequest(false, false, null, null, null);

  /// The last lines.
  public static LogRequest tail(int lines) {
    return new LogRequest(false, false, lines, null, null);
  }
}
