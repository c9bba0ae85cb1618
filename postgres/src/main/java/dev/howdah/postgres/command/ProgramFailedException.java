// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;
import java.time.Duration;

/// A program of PostgreSQL ended with an error, or not in time.
public final class ProgramFailedException extends PostgresException {
  /// The exit code that stands for "did not end in time and was killed".
  public static final int TIMED_OUT = -1;

  private final String program;
  private final int exitCode;
  private final String output;

  ProgramFailedException(String program, int exitCode, String output, Duration took) {
    super(message(program, exitCode, output, took));
    this.program = program;
    this.exitCode = exitCode;
    this.output = output;
  }

  private static String message(String program, int exitCode, String output, Duration took) {
    String how =
        exitCode == TIMED_OUT
            ? "did not end within " + took.toSeconds() + " s and was stopped"
            : "failed with exit code " + exitCode;
    return output.isBlank() ? program + " " + how : program + " " + how + ": " + lastLines(output);
  }

  private static String lastLines(String output) {
    String text = output.strip();
    return text.length() <= 2000 ? text : "…" + text.substring(text.length() - 2000);
  }

  public String program() {
    return program;
  }

  public int exitCode() {
    return exitCode;
  }

  /// The end of what it printed.
  public String output() {
    return output;
  }

  /// Whether a full disk was the cause.
  public boolean isOutOfSpace() {
    return output.contains("No space left on device") || output.contains("Disk quota exceeded");
  }
}
