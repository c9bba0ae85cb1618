// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One installed PostgreSQL.
///
/// @param programs the folder of its programs
/// @param version as in `15.8` or `18beta1`
public record Installation(Path programs, int major, String version) {
  private static final Pattern VERSION =
      Pattern.compile("\\(PostgreSQL\\) ((\\d+)(?:\\.\\d+|devel|beta\\d+|rc\\d+)*)");

  /// Reads the version from what `postgres --version` prints; empty if that is no such line.
  static Optional<Installation> fromVersionLine(Path programs, String line) {
    Matcher matcher = VERSION.matcher(line);
    return matcher.find()
        ? Optional.of(
            new Installation(programs, Integer.parseInt(matcher.group(2)), matcher.group(1)))
        : Optional.empty();
  }

  /// The path of one of its programs, such as `pg_rewind`.
  ///
  /// @throws PostgresException naming the package to install if it is missing
  public Path program(String name) {
    Path path = programs.resolve(name);
    if (!Files.isExecutable(path)) {
      throw new PostgresException(
          "PostgreSQL %d in %s has no program %s; install the package postgresql-%d"
              .formatted(major, programs, name, major));
    }
    return path;
  }

  /// The names of the libraries that it can load, `plugins/…` included; empty if their folder is
  /// not known.
  public Set<String> libraries() {
    for (Path folder :
        List.of(
            programs.resolveSibling("lib"),
            programs.resolveSibling("lib").resolve("postgresql"),
            Path.of("/usr/lib64/pgsql"))) {
      if (Files.isRegularFile(folder.resolve("libpqwalreceiver.so"))) {
        var names = new HashSet<String>();
        addLibraries(folder, "", names);
        addLibraries(folder.resolve("plugins"), "plugins/", names);
        return names;
      }
    }
    return Set.of();
  }

  private static void addLibraries(Path folder, String prefix, Set<String> names) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var files = Files.list(folder)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".so"))
          .forEach(name -> names.add(prefix + name.substring(0, name.length() - 3)));
    } catch (IOException e) {
      throw new PostgresException("cannot list the libraries in " + folder, e);
    }
  }
}
