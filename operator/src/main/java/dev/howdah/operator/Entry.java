// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import dev.howdah.log.JsonLog;
import dev.howdah.log.LogSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/// What the operator's image runs as `/manager`: the operator itself, and the copying of the
/// instance manager into pods. It is started by a native launcher: the image has no shell.
public final class Entry {
  private static final int USAGE = 2;

  /// The native launcher's own path; everything else of the image is beside it.
  private static final String APPLICATION = "jpackage.app-path";

  private Entry() {}

  /// Runs a command and ends the process with its exit code.
  public static void main(String[] words) throws IOException, InterruptedException {
    try {
      JsonLog.use(
          new LogSettings(
              LogSettings.level(option(words, "log-level", "info")),
              option(words, "log-field-level", "level"),
              option(words, "log-field-timestamp", "ts"),
              System.getenv().getOrDefault("POD_NAME", "")));
    } catch (IllegalArgumentException e) {
      complain(String.valueOf(e.getMessage()));
    }
    switch (words.length == 0 ? "" : words[0]) {
      case "controller" -> Main.main(words);
      case "bootstrap" -> {
        if (words.length < 2) {
          complain("bootstrap: say where to install the instance manager");
        }
        Installation.copy(home().resolve("instance"), Path.of(words[1]));
      }
      case "train" -> Training.run();
      default -> complain("unknown command; there are: controller, bootstrap DESTINATION");
    }
  }

  private static String option(String[] words, String name, String otherwise) {
    String start = "--" + name + "=";
    return Arrays.stream(words)
        .filter(word -> word.startsWith(start))
        .map(word -> word.substring(start.length()))
        .reduce(otherwise, (_, last) -> last);
  }

  private static Path home() throws IOException {
    String launcher = System.getProperty(APPLICATION, "/opt/howdah/bin/manager");
    return Path.of(launcher).toRealPath().resolve("../..").normalize();
  }

  private static void complain(String what) {
    System.err.println("manager: " + what);
    System.exit(USAGE);
  }
}
