// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The PostgreSQL installations of this machine.
public record Installations(List<Installation> all, List<Path> searched) {
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

  public Installations {
    all = List.copyOf(all);
    searched = List.copyOf(searched);
  }

  /// Looks in the given folder (or its `bin`), then in `PATH`, then where Debian and Ubuntu
  /// install.
  ///
  /// @param given what the user named with `--postgres`; null to search
  /// @param path the value of `PATH`
  public static Installations find(@Nullable Path given, String path) throws InterruptedException {
    Set<Path> folders = new LinkedHashSet<>();
    if (given != null) {
      folders.add(given);
      folders.add(given.resolve("bin"));
    } else {
      for (String entry : path.split(File.pathSeparator, -1)) {
        if (!entry.isEmpty()) {
          folders.add(Path.of(entry));
        }
      }
      folders.addAll(debianFolders());
    }
    var found = new ArrayList<Installation>();
    var seen = new LinkedHashSet<Path>();
    for (Path folder : folders) {
      Path server = folder.resolve("postgres");
      // A link in PATH leads to the folder that has the libraries beside it, too.
      Path programs = Files.isExecutable(server) ? real(server).getParent() : null;
      if (programs != null && seen.add(programs)) {
        read(programs, server).ifPresent(found::add);
      }
    }
    return new Installations(found, List.copyOf(folders));
  }

  private static List<Path> debianFolders() {
    if (!Files.isDirectory(DEBIAN)) {
      return List.of(DEBIAN);
    }
    try (var versions = Files.list(DEBIAN)) {
      return versions
          .sorted(Comparator.comparing(Path::toString).reversed())
          .map(version -> version.resolve("bin"))
          .toList();
    } catch (IOException e) {
      return List.of(DEBIAN);
    }
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path;
    }
  }

  private static Optional<Installation> read(Path folder, Path server) throws InterruptedException {
    ProgramRun.Output output =
        new ProgramRun(Launch.plain(), server)
            .with("--version")
            .within(Duration.ofSeconds(10))
            .runToEnd();
    return output.exitCode() == 0
        ? Installation.fromVersionLine(folder, output.text())
        : Optional.empty();
  }

  /// The installation of a major: the first one found.
  ///
  /// @throws PostgresException naming the package to install
  public Installation of(int major) {
    return all.stream()
        .filter(installation -> installation.major() == major)
        .findFirst()
        .orElseThrow(() -> new PostgresException(missing(major)));
  }

  /// The newest installation.
  ///
  /// @throws PostgresException naming the package to install
  public Installation newest() {
    return all.stream()
        .max(Comparator.comparingInt(Installation::major))
        .orElseThrow(() ->
            new PostgresException(
                "no PostgreSQL server found in "
                    + places()
                    + "; install one with: apt-get install postgresql"
                    + " (or name the folder of its programs with --postgres)"));
  }

  private String missing(int major) {
    String have =
        all.isEmpty()
            ? ""
            : " (found: "
                + String.join(
                    ", ", all.stream().map(i -> i.version() + " in " + i.programs()).toList())
                + ")";
    return "PostgreSQL "
        + major
        + " is not installed"
        + have
        + "; install it with: apt-get install postgresql-"
        + major
        + ", from https://apt.postgresql.org where your distribution does not have it";
  }

  private String places() {
    return String.join(", ", searched.stream().map(Path::toString).toList());
  }
}
