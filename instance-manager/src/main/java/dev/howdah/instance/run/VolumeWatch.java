// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.instance.guard.Guard;
import dev.howdah.instance.server.ServerProcess;
import dev.howdah.instance.volume.Volume;
import dev.howdah.postgres.data.DataDirectory;
import java.nio.file.Files;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks now and then whether the volume is still this run's, and still holds the data.
record VolumeWatch(
    Volume volume,
    DataDirectory data,
    ServerProcess process,
    Guard guard,
    Supplier<String> incarnation,
    Ending ending) {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeWatch.class);

  Background.Task every(Duration pause) {
    return () -> {
      while (true) {
        Thread.sleep(pause);
        look();
      }
    };
  }

  private void look() throws InterruptedException {
    if (!volume.isOwnedBy(incarnation.get())) {
      LOG.error("another instance manager took the volume, ending");
      guard.kill();
      ending.end(ExitCodes.ERROR);
    }
    // PostgreSQL looks for its own files once a minute; until then it fails every client.
    if (process.isRunning() && Files.notExists(data.path().resolve("global/pg_control"))) {
      LOG.error("the data directory was deleted under the running server, which is killed");
      if (!process.fence()) {
        process.killWithoutGuard();
      }
    }
  }
}
