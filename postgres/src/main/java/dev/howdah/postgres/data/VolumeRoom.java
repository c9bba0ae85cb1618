// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much room a volume has, in bytes.
public record VolumeRoom(long free, long total) {
  private static final long SHARE = 5;

  /// Enough on a volume of any size for a busy server's WAL of more than a minute: a large one is
  /// often filled to nine tenths, and not about to be full.
  private static final long ENOUGH = 10L << 30;

  /// Of the volume that a file or folder is on.
  public static VolumeRoom of(Path path) throws IOException {
    FileStore store = Files.getFileStore(path);
    return new VolumeRoom(store.getUsableSpace(), store.getTotalSpace());
  }

  /// Whether PostgreSQL may soon need all of it: what is kept for a person's sake then goes.
  public boolean isScarce() {
    return free < Math.min(total / SHARE, ENOUGH);
  }
}
