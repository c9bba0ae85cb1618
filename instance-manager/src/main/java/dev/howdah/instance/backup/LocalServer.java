// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import dev.howdah.instance.PodEnvironment;
import dev.howdah.postgres.wire.Ping;
import dev.howdah.postgres.wire.ServerAddress;
import java.time.Duration;

/// The server that a backup is taken of. After its instance manager was killed it is being started
/// when the backup is begun anew.
final class LocalServer {
  private static final int PORT = 5432;
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private LocalServer() {}

  /// Its address, as soon as it takes sessions; or after a while all the same, as whoever opens one
  /// hears then why not.
  static ServerAddress.Local await(PodEnvironment pod) throws InterruptedException {
    var address = new ServerAddress.Local(pod.paths().socketDirectory(), PORT);
    long begun = System.nanoTime();
    while (Ping.of(address, CALL) != Ping.READY && System.nanoTime() - begun < PATIENCE.toNanos()) {
      Thread.sleep(POLL);
    }
    return address;
  }
}
