// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.podruntime.process.ContainerProcess;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Ends a container: its preStop hook, then SIGTERM, then, when the grace period is over, SIGKILL
/// to everything it started.
final class Stopper {
  private static final Duration GLANCE = Duration.ofMillis(100);

  private final ContainerProcess process;
  private volatile long deadline;

  Stopper(ContainerProcess process, Duration grace, Hook preStop) {
    this.process = process;
    this.deadline = System.nanoTime() + grace.toNanos();
    Thread.ofVirtual().name("stop-container").start(() -> run(preStop));
  }

  /// Something to do before, which must end by itself.
  @FunctionalInterface
  interface Hook {
    void run() throws InterruptedException;
  }

  /// Makes the wait shorter, if it is longer.
  void within(Duration grace) {
    long wanted = System.nanoTime() + grace.toNanos();
    if (wanted - deadline < 0) {
      deadline = wanted;
    }
  }

  private void run(Hook preStop) {
    try {
      Thread hook =
          Thread.ofVirtual()
              .name("pre-stop")
              .start(() -> {
                try {
                  preStop.run();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      while (hook.isAlive() && !isLate() && process.isRunning()) {
        hook.join(GLANCE);
      }
      hook.interrupt();
      process.terminate();
      while (!awaitExit() && !isLate()) {
        // The deadline may move meanwhile, so the wait is in small steps.
      }
      while (process.isRunning()) {
        process.kill();
        awaitExit();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isLate() {
    return System.nanoTime() - deadline >= 0;
  }

  private boolean awaitExit() throws InterruptedException {
    long left = Math.max(1, Math.min(GLANCE.toNanos(), deadline - System.nanoTime()));
    long wait = isLate() ? GLANCE.toNanos() : left;
    try {
      process.exit().get(wait, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    }
  }
}
