// SPDX-License-Identifier: Apache-2.0
package dev.howdah.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An installed PostgreSQL: the folder of its programs and its version.
///
/// Looked for in the folders that the system property or environment variable
/// `HOWDAH_TEST_POSTGRES` lists, in `/usr/lib/postgresql`, and in `PATH`. An installation without
/// `psql` (as test packages often are) borrows the client programs of another one.
public record PostgresBinaries(Path folder, String version) {
  private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+\\S*)");

  private static final class Found {
    static final List<PostgresBinaries> ALL = search();
  }

  /// All that are installed, by rising version.
  public static List<PostgresBinaries> all() {
    return Found.ALL;
  }

  /// The newest one that has its client programs, too.
  public static PostgresBinaries newest() {
    return all().stream()
        .filter(binaries -> Files.isExecutable(binaries.folder().resolve("pg_basebackup")))
        .reduce((a, b) -> b)
        .orElseThrow(() ->
            new IllegalStateException(
                "these tests need PostgreSQL: apt-get install postgresql, or set"
                    + " HOWDAH_TEST_POSTGRES to the folder of its programs"));
  }

  public int major() {
    return Integer.parseInt(version.replaceAll("\\D.*", ""));
  }

  /// The path of one of its programs.
  public Path program(String name) {
    Path own = folder.resolve(name);
    return Files.isExecutable(own) ? own : newest().folder().resolve(name);
  }

  private static List<PostgresBinaries> search() {
    var folders = new ArrayList<Path>();
    String given =
        System.getProperty(
            "HOWDAH_TEST_POSTGRES", System.getenv().getOrDefault("HOWDAH_TEST_POSTGRES", ""));
    for (String entry : given.split(File.pathSeparator, -1)) {
      folders.add(Path.of(entry));
    }
    Path debian = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(debian)) {
      try (var versions = Files.list(debian)) {
        versions.map(version -> version.resolve("bin")).forEach(folders::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    for (String entry : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      folders.add(Path.of(entry));
    }
    var found = new ArrayList<PostgresBinaries>();
    for (Path folder : folders) {
      boolean server =
          Files.isExecutable(folder.resolve("postgres"))
              && Files.isExecutable(folder.resolve("initdb"));
      Path real = server ? realFolder(folder) : folder;
      boolean isNew = found.stream().noneMatch(known -> known.folder().equals(real));
      if (!folder.toString().isEmpty() && isNew && server) {
        found.add(new PostgresBinaries(real, versionOf(real)));
      }
    }
    found.sort(Comparator.comparingInt(PostgresBinaries::major));
    return List.copyOf(found);
  }

  /// Distributions link their programs into `PATH`.
  private static Path realFolder(Path folder) {
    try {
      Path program = folder.resolve("postgres").toRealPath();
      Path parent = program.getParent();
      return parent == null ? folder : parent;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String versionOf(Path folder) {
    String text = ServerUser.run(List.of(folder.resolve("postgres").toString(), "--version"));
    Matcher matcher = VERSION.matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("unknown version of " + folder + ": " + text);
    }
    return matcher.group(1);
  }
}
