// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.core.leadership.Kept;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.instance.guard.Guard;
import dev.howdah.instance.server.Observer;
import dev.howdah.instance.server.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The primary that an earlier run of this instance manager left behind when it died.
final class Survivor {
  private static final Logger LOG = LoggerFactory.getLogger(Survivor.class);

  private static final Duration ANSWERS = Duration.ofSeconds(3);
  private static final Duration POLL = Duration.ofMillis(10);

  private Survivor() {}

  /// Takes the standby on that the version before this one left running. False if there is none
  /// that answers; then nothing of it is left.
  static boolean adoptStandby(ServerProcess process, Observer observer)
      throws IOException, InterruptedException {
    if (!process.adopt()) {
      return false;
    }
    long end = System.nanoTime() + ANSWERS.toNanos();
    while (observer.look().status().phase() != Phase.STANDBY) {
      if (!process.isRunning() || System.nanoTime() > end) {
        process.fence();
        return false;
      }
      Thread.sleep(POLL);
    }
    return true;
  }

  /// Takes it on if the guard kept it and it answers as a primary; else nothing of it is left.
  ///
  /// @param before the run that used the volume last
  static Kept adopt(Guard guard, ServerProcess process, Observer observer, String before)
      throws IOException, InterruptedException {
    if (guard.kept() == 0 || before.isEmpty() || !process.adopt()) {
      return Kept.NONE;
    }
    if (observer.look().status().phase() == Phase.PRIMARY && guard.allows()) {
      LOG.atWarn()
          .addKeyValue("before", before)
          .addKeyValue("position", observer.last().status().position())
          .log("the run before died; its PostgreSQL went on and is taken over");
      return new Kept(before, guard.kept());
    }
    if (!process.fence()) {
      throw new IOException("PostgreSQL of the run before can't be killed");
    }
    return Kept.NONE;
  }
}
