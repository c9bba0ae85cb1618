// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Barman's own cloud tools: those in the path, or in the folder that `-Dhowdah.barman` names.
final class Barman {
  private static final String FOLDER = System.getProperty("howdah.barman", "/usr/bin");
  private final S3Server server;

  Barman(S3Server server) {
    this.server = server;
  }

  static boolean isInstalled() {
    return Files.isExecutable(Path.of(FOLDER, "barman-cloud-backup"));
  }

  /// Not the one of Debian.
  static boolean isNewer() {
    return !FOLDER.equals("/usr/bin");
  }

  static String program(String name) {
    return Path.of(FOLDER, "barman-cloud-" + name).toString();
  }

  /// Whether a tool of this version has an option.
  boolean has(String tool, String option) throws Exception {
    return run(List.of(program(tool), "--help")).contains(option);
  }

  /// Runs a tool; the endpoint is added.
  String run(String tool, String... arguments) throws Exception {
    var command = new ArrayList<>(List.of(program(tool), "--endpoint-url=" + server.endpoint()));
    command.addAll(Arrays.asList(arguments));
    return run(command);
  }

  private String run(List<String> command) throws Exception {
    var output = Files.createTempFile("barman", ".out");
    try {
      var builder = new ProcessBuilder(command).redirectOutput(output.toFile());
      builder.redirectErrorStream(true);
      builder.environment().putAll(server.environment());
      var process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException("no end: " + command);
      }
      var text = Files.readString(output);
      if (process.exitValue() != 0) {
        throw new IOException("exit code %d: %s%n%s".formatted(process.exitValue(), command, text));
      }
      return text;
    } finally {
      Files.delete(output);
    }
  }
}
