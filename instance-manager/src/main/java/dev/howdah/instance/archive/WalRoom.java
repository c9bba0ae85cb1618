// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.archive.WalArchiver;
import dev.howdah.postgres.data.VolumeRoom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// How much room the volume has on which WAL waits for the archive. PostgreSQL keeps all that isn't
/// archived, so a long outage of the archive fills it, and then the server stops.
///
/// @param waiting files of WAL that are not archived
record WalRoom(int waiting, VolumeRoom room) {
  private static final int SEGMENTS = 8;
  private static final int FEW = 4;

  /// @param wal `pg_wal`
  static WalRoom of(Path wal) throws IOException {
    return new WalRoom(WalArchiver.ready(wal).size(), VolumeRoom.of(wal.toRealPath()));
  }

  /// What to warn of; empty while there is room, or WAL goes its way.
  Optional<String> warning(long segmentBytes) {
    boolean isScarce = room.isScarce() || room.free() < SEGMENTS * segmentBytes;
    return waiting > FEW && isScarce
        ? Optional.of(
            ("%d WAL files wait for the archive, and %d MB of %d MB are left on their volume:"
                    + " PostgreSQL stops when it is full. Mend what condition ContinuousArchiving"
                    + " says, or enlarge walStorage or storage")
                .formatted(waiting, room.free() >> 20, room.total() >> 20))
        : Optional.empty();
  }
}
