// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// File operations that have happened for good when they return, also if the machine loses power.
public final class DurableFiles {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private DurableFiles() {}

  /// Replaces a file as a whole: readers see the old or the new content, never a part. Mode 0600.
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8), OWNER_ONLY);
  }

  /// Replaces a file as a whole, with a mode of its own.
  public static void write(Path file, byte[] content, Set<PosixFilePermission> mode)
      throws IOException {
    replace(
        file,
        mode,
        channel -> {
          var bytes = ByteBuffer.wrap(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  /// The same with the content of another file, of any size. Mode 0600.
  public static void copy(Path from, Path file) throws IOException {
    replace(
        file,
        OWNER_ONLY,
        channel -> {
          try (var source = FileChannel.open(from, StandardOpenOption.READ)) {
            long size = source.size();
            for (long at = 0, some; at < size; at += some) {
              some = source.transferTo(at, size - at, channel);
              if (some <= 0) {
                throw new EOFException(from + " became shorter while it was copied");
              }
            }
          }
        });
  }

  @FunctionalInterface
  private interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private static void replace(Path file, Set<PosixFilePermission> mode, Content content)
      throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".howdah-new");
    Files.deleteIfExists(temporary);
    Files.createFile(temporary, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      content.writeTo(channel);
      channel.force(true);
    }
    Files.setPosixFilePermissions(temporary, mode);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolderOf(file);
  }

  /// Deletes a file if it is there.
  ///
  /// @return whether it was
  public static boolean delete(Path file) throws IOException {
    boolean was = Files.deleteIfExists(file);
    if (was) {
      syncFolderOf(file);
    }
    return was;
  }

  /// Renames a file or folder within a file system.
  public static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    syncFolderOf(to);
    syncFolderOf(from);
  }

  /// Makes the names in a folder durable.
  public static void syncFolder(Path folder) throws IOException {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /// Makes the name of a file durable.
  public static void syncFolderOf(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      syncFolder(folder);
    }
  }

  /// Deletes a folder with all in it. Links in it are deleted, not what they point to.
  public static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Whether a folder is absent or has nothing in it, but for what a file system puts there.
  public static boolean isEmpty(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return true;
    }
    try (var entries = Files.list(folder)) {
      return entries.allMatch(entry -> entry.getFileName().toString().equals("lost+found"));
    }
  }
}
