// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What goes on beside the leadership loop until the process ends.
final class Background {
  private static final Logger LOG = LoggerFactory.getLogger(Background.class);

  private Background() {}

  /// A task that ends with the process, or when it is interrupted.
  @FunctionalInterface
  interface Task {
    void run() throws InterruptedException;
  }

  static void start(String name, Task task) {
    Thread.ofVirtual()
        .name(name)
        .start(() -> {
          try {
            task.run();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (RuntimeException e) {
            LOG.atError().addKeyValue("task", name).setCause(e).log("task ended");
          }
        });
  }
}
