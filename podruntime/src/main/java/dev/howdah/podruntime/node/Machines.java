// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.node;

import dev.howdah.podruntime.volume.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// What nodes say about the machine they are names for.
final class Machines {
  private Machines() {}

  /// As container images name it.
  static String architecture() {
    return switch (System.getProperty("os.arch", "")) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      case String other -> other;
    };
  }

  static Map<String, String> capacity(Path home) {
    Map<String, String> capacity = new TreeMap<>();
    capacity.put("cpu", Integer.toString(Runtime.getRuntime().availableProcessors()));
    capacity.put("memory", Machine.memoryBytes() / 1024 + "Ki");
    capacity.put("pods", "1000");
    try {
      capacity.put("ephemeral-storage", Files.getFileStore(home).getTotalSpace() / 1024 + "Ki");
    } catch (IOException e) {
      capacity.put("ephemeral-storage", "0");
    }
    return capacity;
  }

  static String osName() {
    try (var lines = Files.lines(Path.of("/etc/os-release"))) {
      return lines
          .filter(line -> line.startsWith("PRETTY_NAME="))
          .map(line -> line.substring(12).replace("\"", ""))
          .findFirst()
          .orElse("Linux");
    } catch (IOException e) {
      return "Linux";
    }
  }

  static String text(String file) {
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
