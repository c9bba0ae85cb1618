// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.log.JsonLog;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of the process: one exit code, the first that anybody asked for other than "all is
/// well".
final class Ending {
  private static final Logger LOG = LoggerFactory.getLogger(Ending.class);

  private final CountDownLatch begun = new CountDownLatch(1);
  private final AtomicInteger code = new AtomicInteger(ExitCodes.OK);

  /// What the process is to end with, whoever ends it.
  void expect(int exitCode) {
    code.compareAndSet(ExitCodes.OK, exitCode);
  }

  /// Ends the process now.
  void end(int exitCode) {
    expect(exitCode);
    LOG.atInfo().addKeyValue("code", code.get()).log("instance manager ends");
    begun.countDown();
    halt();
  }

  /// Ends the process without a shutdown hook's wait for another.
  void halt() {
    JsonLog.current().flush();
    Runtime.getRuntime().halt(code.get());
  }

  boolean hasBegun() {
    return begun.getCount() == 0;
  }

  /// Waits until somebody ends the process; false if nobody did in time.
  boolean await(Duration limit) throws InterruptedException {
    return begun.await(limit.toMillis(), TimeUnit.MILLISECONDS);
  }
}
