// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/// The instance manager's installation in a home, where the user that pods run as can reach it.
///
/// Each build gets a folder of its own and is never changed, so that what runs of an earlier one
/// keeps its files.
final class ManagerInstallation {
  private ManagerInstallation() {}

  /// Copies the distribution's `manager` unless this build's is there already; returns its
  /// launcher.
  static Path into(Home home) throws IOException {
    var source = Path.of(System.getProperty("howdah.home.dist", ""), "manager");
    if (!Files.isExecutable(source.resolve("manager"))) {
      throw new IllegalStateException(
          "the build has no instance manager in " + source + "; run it again: mvn package");
    }
    var build =
        Long.toString(Files.getLastModifiedTime(source.resolve("manager.d")).toMillis(), 36);
    var target = home.path().resolve("manager").resolve(build);
    if (!Files.exists(target)) {
      var unfinished = target.resolveSibling(build + ".new");
      deleteIfThere(unfinished);
      copy(source, unfinished);
      try {
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(unfinished, target);
      }
    }
    return target.resolve("manager");
  }

  private static void copy(Path source, Path target) throws IOException {
    Files.walkFileTree(
        source,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(target.resolve(source.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(
                file, target.resolve(source.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void deleteIfThere(Path folder) throws IOException {
    if (Files.exists(folder)) {
      DurableFiles.deleteTree(folder);
    }
  }
}
