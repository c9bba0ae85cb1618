// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What stands for container images on a machine without containers.
///
/// An image of PostgreSQL stands for the local PostgreSQL of the same major version; any other
/// image stands for this machine's own programs. Programs that exist only in an image are mapped by
/// path.
///
/// @param programs container path to path on this machine, such as `/manager`
/// @param postgres the folder of programs of a PostgreSQL major version, empty when it isn't
///   installed; 0 asks for any version
public record Images(Map<String, Path> programs, IntFunction<Optional<Path>> postgres) {
  private static final Pattern REFERENCE =
      Pattern.compile("(?:.*/)?([^/:@]+)(?::([^/@]+))?(?:@.+)?");
  private static final Pattern MAJOR = Pattern.compile("(\\d+).*");

  public Images {
    programs = Map.copyOf(programs);
  }

  /// What an image means here.
  public sealed interface Image {
    /// Its programs are found in this folder first, or just in the machine's.
    record Here(Optional<Path> bin) implements Image {}

    /// It has no counterpart; the message says what to install.
    record Missing(String message) implements Image {}
  }

  Image resolve(String reference) {
    Matcher matcher = REFERENCE.matcher(reference);
    if (!matcher.matches() || !isPostgres(matcher.group(1))) {
      return new Image.Here(Optional.empty());
    }
    int major = major(matcher.group(2) == null ? "" : matcher.group(2));
    Optional<Path> bin = postgres.apply(major);
    if (bin.isPresent()) {
      return new Image.Here(bin);
    }
    return new Image.Missing(
        major == 0
            ? "image \"%s\" stands for a local PostgreSQL, and none is installed: apt-get install postgresql"
                .formatted(reference)
            : "image \"%s\" stands for a local PostgreSQL %d, which is not installed: apt-get install postgresql-%d"
                .formatted(reference, major, major));
  }

  /// The local path of a program that exists only in an image.
  Optional<Path> program(String containerPath) {
    return programs.entrySet().stream()
        .filter(entry ->
            containerPath.equals(entry.getKey()) || containerPath.startsWith(entry.getKey() + "/"))
        .map(entry -> Path.of(entry.getValue() + containerPath.substring(entry.getKey().length())))
        .findFirst();
  }

  private static boolean isPostgres(String name) {
    return name.startsWith("postgres")
        || name.startsWith("postgis")
        || name.startsWith("timescaledb")
        || name.startsWith("pgvector");
  }

  private static int major(String tag) {
    Matcher matcher = MAJOR.matcher(tag);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
