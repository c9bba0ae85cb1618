// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/// The instance manager's installation: the launcher `manager` and, beside it, `manager.d`.
final class Installation {
  private Installation() {}

  /// Copies an installation. What is there is replaced as a whole: a container that starts sees the
  /// old one or the new one. Times are kept, since the ahead-of-time cache knows the jars by them.
  ///
  /// @param from the folder that holds `manager` and `manager.d`
  /// @param launcher where `manager` shall be
  static void copy(Path from, Path launcher) throws IOException {
    Path folder = launcher.resolveSibling(launcher.getFileName() + ".d");
    Path freshFolder = launcher.resolveSibling(launcher.getFileName() + ".d.new");
    Path freshLauncher = launcher.resolveSibling(launcher.getFileName() + ".new");
    Files.createDirectories(launcher.toAbsolutePath().getParent());
    DurableFiles.deleteTree(freshFolder);
    copyTree(from.resolve("manager.d"), freshFolder);
    Files.copy(
        from.resolve("manager"),
        freshLauncher,
        StandardCopyOption.COPY_ATTRIBUTES,
        StandardCopyOption.REPLACE_EXISTING);
    DurableFiles.deleteTree(folder);
    Files.move(freshFolder, folder, StandardCopyOption.ATOMIC_MOVE);
    Files.move(freshLauncher, launcher, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void copyTree(Path from, Path to) throws IOException {
    Path root = from.toRealPath();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(root.relativize(folder).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path copy = to.resolve(root.relativize(file).toString());
            Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isSymbolicLink()) {
              Files.setLastModifiedTime(
                  copy, FileTime.from(attributes.lastModifiedTime().toInstant()));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
