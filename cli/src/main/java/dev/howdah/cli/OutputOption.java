// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import picocli.CommandLine.Option;

/// The option of every command whose result programs may want to read.
final class OutputOption {
  enum Format {
    TEXT,
    JSON
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      defaultValue = "text",
      description = "json is for programs (default: ${DEFAULT-VALUE}).")
  private Format format;

  Format format() {
    return format;
  }

  boolean isJson() {
    return format == Format.JSON;
  }
}
