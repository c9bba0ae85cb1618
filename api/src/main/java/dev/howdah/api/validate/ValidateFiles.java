// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What `howdah validate` does with its arguments.
public final class ValidateFiles {
  /// All is well, warnings apart.
  public static final int VALID = 0;

  /// Something is wrong, or with `strict` unwise.
  public static final int INVALID = 1;

  private static final int LARGEST = (16 << 20) + 1;

  private ValidateFiles() {}

  /// Validates files, folders (their `.yaml`, `.yml` and `.json` files, at all depths) and, as `-`,
  /// the standard input.
  ///
  /// @param json whether to print JSON instead of text
  /// @param strict whether warnings count as errors
  /// @return the exit code
  public static int run(
      List<String> arguments,
      Validator validator,
      InputStream standardInput,
      boolean json,
      boolean strict,
      PrintWriter out) {
    for (String argument : arguments) {
      if (argument.equals("-")) {
        add("standard input", standardInput, validator);
      } else {
        add(Path.of(argument), validator);
      }
    }
    Report report = validator.report();
    if (json) {
      out.println(ReportText.json(report).toPrettyString());
    } else {
      out.print(ReportText.text(report));
    }
    out.flush();
    boolean bad = report.errors() > 0 || (strict && report.warnings() > 0);
    return bad ? INVALID : VALID;
  }

  private static void add(Path path, Validator validator) {
    if (!Files.isDirectory(path)) {
      try (InputStream in = Files.newInputStream(path)) {
        add(path.toString(), in, validator);
      } catch (IOException e) {
        validator.unreadable(path.toString(), "can't be opened: " + e.getMessage());
      }
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().matches(".*\\.(ya?ml|json)"))
          .sorted()
          .forEach(file -> add(file, validator));
    } catch (IOException e) {
      validator.unreadable(path.toString(), "can't be listed: " + e.getMessage());
    }
  }

  private static void add(String source, InputStream in, Validator validator) {
    try {
      validator.add(source, in.readNBytes(LARGEST));
    } catch (IOException e) {
      validator.unreadable(source, "can't be read: " + e.getMessage());
    }
  }
}
