// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Date;
import java.util.function.LongConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/// Writes folders and files of a server that is running into a tar: files change, shrink and vanish
/// meanwhile, and recovery makes up for it.
final class TarStream implements AutoCloseable {
  private static final int CHUNK = 256 * 1024;
  private final TarArchiveOutputStream tar;
  private final LongConsumer progress;
  private final byte[] chunk = new byte[CHUNK];

  /// @param progress is told the bytes of each piece read
  TarStream(OutputStream out, LongConsumer progress) {
    this.tar = new TarArchiveOutputStream(out, CHUNK, "UTF-8");
    this.progress = progress;
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
  }

  /// Adds a data directory: its root first, `global/pg_control` left for the end.
  void dataDirectory(Path root) throws IOException {
    walk(root, "./", "global/pg_control");
  }

  /// Adds a tablespace: only the version folders of PostgreSQL's own.
  void tablespace(Path root) throws IOException {
    try (var entries = Files.list(root)) {
      for (var version :
          entries
              .filter(p -> p.getFileName().toString().startsWith("PG_"))
              .filter(Files::isDirectory)
              .sorted()
              .toList()) {
        var name = version.getFileName() + "/";
        folder(version, name);
        walk(version, name, "");
      }
    }
  }

  private void walk(Path root, String rootName, String leftOut) throws IOException {
    boolean data = rootName.equals("./");
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            var path = root.relativize(folder).toString();
            if (path.isEmpty()) {
              if (data) {
                folder(folder, rootName);
              }
              return FileVisitResult.CONTINUE;
            }
            if (Exclusions.isLeftOut(path)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            folder(folder, (data ? "" : rootName) + path + "/");
            return data && Exclusions.isEmptied(path)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            var path = root.relativize(file).toString();
            if (attributes.isRegularFile()
                && !Exclusions.isLeftOut(path)
                && !path.equals(leftOut)) {
              file(file, name(path));
            }
            return FileVisitResult.CONTINUE;
          }

          private String name(String path) {
            return data ? (path.contains("/") ? path : "./" + path) : rootName + path;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // dropped meanwhile
            }
            throw e;
          }
        });
  }

  private void folder(Path folder, String name) throws IOException {
    var entry = new TarArchiveEntry(name);
    entry.setMode(040700);
    entry.setModTime(Files.getLastModifiedTime(folder, LinkOption.NOFOLLOW_LINKS));
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  /// Adds a file with the size it has now; one that is gone is passed over, what is missing at its
  /// end is zeros.
  void file(Path file, String name) throws IOException {
    long size;
    try (var in = Files.newInputStream(file)) {
      size = Files.size(file);
      var entry = new TarArchiveEntry(name);
      entry.setSize(size);
      entry.setMode(0100600);
      entry.setModTime(Files.getLastModifiedTime(file));
      tar.putArchiveEntry(entry);
      copy(in, size);
      tar.closeArchiveEntry();
    } catch (NoSuchFileException e) {
      // dropped meanwhile
    }
  }

  private void copy(InputStream in, long size) throws IOException {
    long left = size;
    while (left > 0) {
      int n = in.read(chunk, 0, (int) Math.min(chunk.length, left));
      if (n < 0) {
        java.util.Arrays.fill(chunk, (byte) 0);
        n = (int) Math.min(chunk.length, left);
      }
      tar.write(chunk, 0, n);
      progress.accept(n);
      left -= n;
    }
  }

  /// Adds a text as a file that was not on disk.
  void text(String name, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    var entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    entry.setMode(0100600);
    entry.setModTime(new Date(0));
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
