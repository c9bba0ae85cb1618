// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.catalog.FileManifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/// Writes folders and files of a server that is running into a tar: files change, shrink and vanish
/// meanwhile, and recovery makes up for it. Of each file it notes the checksum, and of each page
/// whether its own is right.
final class TarStream implements AutoCloseable {
  private static final int CHUNK = 32 * PageChecksum.PAGE;
  private final TarArchiveOutputStream tar;
  private final FileSums sums;
  private final Damage damage;
  private final LongConsumer progress;
  private final @Nullable Parent parent;
  private final byte[] chunk = new byte[CHUNK];

  /// @param progress is told the bytes of each piece read
  TarStream(
      OutputStream out,
      FileSums sums,
      Damage damage,
      LongConsumer progress,
      @Nullable Parent parent) {
    this.tar = new TarArchiveOutputStream(out, CHUNK, "UTF-8");
    this.sums = sums;
    this.damage = damage;
    this.progress = progress;
    this.parent = parent;
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
  }

  void folder(Inventory.Entry folder) throws IOException {
    FileTime time;
    try {
      time = Files.getLastModifiedTime(folder.file(), LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return; // dropped meanwhile
    }
    var entry = new TarArchiveEntry(folder.name());
    entry.setMode(040700);
    entry.setModTime(time);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  /// Adds a file with the size it has now; one that is gone is passed over, what is missing at its
  /// end is zeros.
  void file(Path file, String name, String path) throws IOException {
    var before = parent == null ? null : parent.fileBefore(file, path);
    if (parent != null && before != null) {
      delta(file, name, path, before, parent);
    } else {
      whole(file, name, path);
    }
  }

  /// Adds the pages that changed since the parent; nothing if none did.
  private void delta(Path file, String name, String path, FileManifest.Sum before, Parent parent)
      throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var modified = Files.getLastModifiedTime(file);
      if (parent.isUntouched(before, channel.size(), modified.toInstant())) {
        sums.add(path, before.size(), modified.toInstant(), before.crc());
        progress.accept(before.size());
        return;
      }
      var pages = damage.isChecked(path) ? damage.pages(file, path) : null;
      var delta =
          PageDelta.scan(
              channel,
              before.size(),
              parent.since(),
              parent.candidates(path),
              progress,
              (block, bytes, length) -> {
                if (Thread.currentThread().isInterrupted()) {
                  throw new java.io.InterruptedIOException("cancelled");
                }
                if (pages != null) {
                  pages.check(block, bytes, length);
                }
              });
      if (delta.isEmpty() && delta.fileSize() == before.size()) {
        sums.add(path, before.size(), modified.toInstant(), before.crc());
        return;
      }
      int slash = name.lastIndexOf('/') + 1;
      var entry =
          new TarArchiveEntry(name.substring(0, slash) + PageDelta.PREFIX + name.substring(slash));
      entry.setSize(delta.size());
      entry.setMode(0100600);
      entry.setModTime(modified);
      tar.putArchiveEntry(entry);
      delta.write(channel, tar);
      tar.closeArchiveEntry();
      sums.add(path, delta.fileSize(), modified.toInstant(), null);
    } catch (NoSuchFileException e) {
      // dropped meanwhile
    }
  }

  private void whole(Path file, String name, String path) throws IOException {
    try (var in = Files.newInputStream(file)) {
      long size = Files.size(file);
      var modified = Files.getLastModifiedTime(file);
      var entry = new TarArchiveEntry(name);
      entry.setSize(size);
      entry.setMode(0100600);
      entry.setModTime(modified);
      tar.putArchiveEntry(entry);
      var pages = damage.isChecked(path) ? damage.pages(file, path) : null;
      int crc = copy(in, size, pages);
      tar.closeArchiveEntry();
      sums.add(path, size, modified.toInstant(), crc);
    } catch (NoSuchFileException e) {
      // dropped meanwhile
    }
  }

  private int copy(InputStream in, long size, Damage.@Nullable Pages pages) throws IOException {
    var crc = new CRC32C();
    long left = size;
    while (left > 0) {
      if (Thread.currentThread().isInterrupted()) {
        throw new java.io.InterruptedIOException("cancelled");
      }
      int want = (int) Math.min(chunk.length, left);
      int n = in.readNBytes(chunk, 0, want);
      if (pages != null) {
        pages.check((size - left) / PageChecksum.PAGE, chunk, n);
      }
      if (n < want) {
        Arrays.fill(chunk, n, want, (byte) 0); // truncated meanwhile
      }
      crc.update(chunk, 0, want);
      tar.write(chunk, 0, want);
      progress.accept(want);
      left -= want;
    }
    return (int) crc.getValue();
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
    var crc = new CRC32C();
    crc.update(bytes);
    sums.add(name, bytes.length, Instant.EPOCH, (int) crc.getValue());
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
