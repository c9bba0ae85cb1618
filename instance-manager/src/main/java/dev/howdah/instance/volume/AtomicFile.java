// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/// Replaces files as a whole, durably and readable by their owner only.
public final class AtomicFile {
  private AtomicFile() {}

  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  private static void write(Path file, byte[] content) throws IOException {
    DurableFiles.write(file, content, PosixFilePermissions.fromString("rw-------"));
  }

  /// Writes unless the file has this content already. True if it was written.
  public static boolean writeIfChanged(Path file, String content) throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    try {
      if (Arrays.equals(bytes, Files.readAllBytes(file))) {
        return false;
      }
    } catch (NoSuchFileException e) {
      // the first time
    }
    write(file, bytes);
    return true;
  }
}
