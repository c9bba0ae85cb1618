// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.archive.WalArchiver;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// How much room the volume has on which WAL waits for the archive. PostgreSQL keeps all that isn't
/// archived, so a long outage of the archive fills it, and then the server stops.
///
/// @param waiting files of WAL that are not archived
record WalRoom(int waiting, long freeBytes, long totalBytes) {
  private static final int SHARE = 5;
  private static final int SEGMENTS = 8;
  private static final int FEW = 4;

  /// @param wal `pg_wal`
  static WalRoom of(Path wal) throws IOException {
    FileStore store = Files.getFileStore(wal.toRealPath());
    return new WalRoom(
        WalArchiver.ready(wal).size(), store.getUsableSpace(), store.getTotalSpace());
  }

  /// What to warn of; empty while there is room, or WAL goes its way.
  Optional<String> warning(long segmentBytes) {
    boolean isScarce = freeBytes < Math.max(totalBytes / SHARE, SEGMENTS * segmentBytes);
    return waiting > FEW && isScarce
        ? Optional.of(
            ("%d WAL files wait for the archive, and %d MB of %d MB are left on their volume:"
                    + " PostgreSQL stops when it is full. Mend what condition ContinuousArchiving"
                    + " says, or enlarge walStorage or storage")
                .formatted(waiting, freeBytes >> 20, totalBytes >> 20))
        : Optional.empty();
  }
}
