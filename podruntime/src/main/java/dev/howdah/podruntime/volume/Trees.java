// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/// Folder trees.
public final class Trees {
  private Trees() {}

  /// Makes a folder, and those above it that are missing, such that every user may pass through:
  /// whatever the umask is.
  public static Path make(Path folder) throws IOException {
    Path at = folder.toAbsolutePath();
    if (!Files.isDirectory(at)) {
      if (at.getParent() != null) {
        make(at.getParent());
      }
      try {
        Files.createDirectory(at);
        Files.setPosixFilePermissions(at, PosixFilePermissions.fromString("rwxr-xr-x"));
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(at)) {
          throw e;
        }
      }
    }
    return folder;
  }

  /// The folder a path is in.
  public static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " is in no folder");
    }
    return parent;
  }

  /// Deletes a file or a folder with all that is in it; never follows links.
  public static void delete(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
