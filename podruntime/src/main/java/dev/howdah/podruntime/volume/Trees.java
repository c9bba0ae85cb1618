// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

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

  /// Deletes a file or a folder with all that is in it; never follows links, not even such as
  /// somebody puts there meanwhile.
  public static void delete(Path path) throws IOException {
    Path folder = parent(path.toAbsolutePath());
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (var entries = Files.newDirectoryStream(folder)) {
      delete(secure(entries), path.getFileName());
    } catch (DirectoryIteratorException e) {
      throw new IOException("%s can't be listed".formatted(path), e);
    }
  }

  private static void delete(SecureDirectoryStream<Path> folder, Path name) throws IOException {
    try {
      if (!isDirectory(folder, name)) {
        folder.deleteFile(name);
        return;
      }
      try (var inside = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
        for (Path each : inside) {
          delete(inside, each.getFileName());
        }
      }
      folder.deleteDirectory(name);
    } catch (NoSuchFileException _) {
      // somebody else was quicker
    }
  }

  private static boolean isDirectory(SecureDirectoryStream<Path> folder, Path name)
      throws IOException {
    return folder
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> entries)
      throws IOException {
    if (entries instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    throw new IOException("folders can't be deleted safely on this system: it has no openat");
  }
}
