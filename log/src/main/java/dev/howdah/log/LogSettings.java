// SPDX-License-Identifier: Apache-2.0
package dev.howdah.log;

import java.util.Locale;
import org.slf4j.event.Level;

/// How log lines look and which are written.
///
/// @param level the least severe level written
/// @param levelField the name of the field with the level
/// @param timeField the name of the field with the time
/// @param pod written as `logging_pod`; empty leaves it out
public record LogSettings(Level level, String levelField, String timeField, String pod) {
  public static LogSettings of(String pod) {
    return new LogSettings(Level.INFO, "level", "ts", pod);
  }

  /// A level by the name that `--log-level` takes: error, warning, info, debug or trace.
  public static Level level(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "error" -> Level.ERROR;
      case "warning", "warn" -> Level.WARN;
      case "info", "" -> Level.INFO;
      case "debug" -> Level.DEBUG;
      case "trace" -> Level.TRACE;
      default ->
          throw new IllegalArgumentException(
              "--log-level=" + name + ": use error, warning, info, debug or trace");
    };
  }

  static String word(Level level) {
    return switch (level) {
      case ERROR -> "error";
      case WARN -> "warning";
      case INFO -> "info";
      case DEBUG -> "debug";
      case TRACE -> "trace";
    };
  }
}
