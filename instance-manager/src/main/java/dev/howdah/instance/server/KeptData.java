// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.instance.job.Folders;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.VolumeRoom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Old copies of the data that clones have kept aside.
final class KeptData {
  private static final Logger LOG = LoggerFactory.getLogger(KeptData.class);
  private static final Duration KEPT_FOR = Duration.ofHours(24);

  private KeptData() {}

  /// Whether the present data is good: only then its old copies may go.
  static boolean isGood(Observation seen) {
    return seen.status().phase() == Phase.PRIMARY || seen.streaming();
  }

  /// Deletes them after a day, or as soon as the volume is nearly full.
  static void forget(ServerContext context, Instant now) throws IOException {
    forget(context.data(), now);
    for (Path tablespace : Folders.tablespaces(context.paths()).values()) {
      if (Files.isDirectory(tablespace)) {
        forget(new DataDirectory(tablespace), now);
      }
    }
  }

  private static void forget(DataDirectory data, Instant now) throws IOException {
    boolean full = VolumeRoom.of(data.path()).isScarce();
    List<Path> gone = full ? data.forgetKept(0) : data.forgetKept(now.minus(KEPT_FOR));
    if (!gone.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("deleted", gone)
          .addKeyValue("because", full ? "the volume is nearly full" : "their time is over")
          .log("old copies of the data deleted");
    }
  }
}
