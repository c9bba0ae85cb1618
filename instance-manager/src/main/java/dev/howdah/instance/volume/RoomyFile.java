// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/// A small file that is replaced as a whole, durably, also where the file system has no room left:
/// a second file of the same size takes the new content, and the two change places.
final class RoomyFile {
  /// What a file system gives at once, as a rule.
  private static final int BLOCK = 4096;

  private final Path file;
  private final Path spare;
  private final Path before;

  RoomyFile(Path file) {
    this.file = file;
    this.spare = file.resolveSibling(file.getFileName() + ".spare");
    this.before = file.resolveSibling(file.getFileName() + ".before");
  }

  /// @param content is found behind an empty line, which fills the file up
  void write(String content) throws IOException {
    byte[] text = content.getBytes(StandardCharsets.UTF_8);
    int size = (text.length / BLOCK + 1) * BLOCK;
    byte[] all = new byte[size];
    Arrays.fill(all, (byte) ' ');
    all[size - text.length - 1] = '\n';
    System.arraycopy(text, 0, all, size - text.length, text.length);

    tidyUp();
    fill(spare, all);
    boolean kept = keep();
    Files.move(spare, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    DurableFiles.syncFolderOf(file);
    if (kept) {
      Files.move(before, spare);
    } else {
      reserve(all);
    }
  }

  /// The file's room for the next time.
  private boolean keep() throws IOException {
    try {
      Files.createLink(before, file);
      return true;
    } catch (FileSystemException | UnsupportedOperationException e) {
      return false; // there is no file yet, or the file system has no links
    }
  }

  private void reserve(byte[] content) {
    try {
      fill(spare, content);
    } catch (IOException e) {
      // the next time needs room then
    }
  }

  /// The last time may have ended half-way. What is overwritten must not be the file itself.
  private void tidyUp() throws IOException {
    if (!Files.exists(before)) {
      return;
    }
    if (Files.exists(file) && Files.isSameFile(before, file)) {
      Files.delete(before);
    } else {
      Files.move(before, spare, StandardCopyOption.REPLACE_EXISTING);
    }
    // on the disk, too: what is overwritten next may be the file by its old name
    DurableFiles.syncFolderOf(file);
  }

  /// Where it is already, if it is there.
  private static void fill(Path file, byte[] content) throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try (var channel =
        FileChannel.open(file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE), mode)) {
      var bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.truncate(content.length);
      channel.force(true);
    }
  }
}
