// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.log;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says when something in a folder changes: one thread for all folders, idle while nothing happens.
public final class FolderWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);

  /// Changes within this time are told together.
  private static final Duration GATHER = Duration.ofMillis(5);

  private final WatchService service;
  private final Map<WatchKey, Runnable> listeners = new ConcurrentHashMap<>();

  public FolderWatch() throws IOException {
    service = FileSystems.getDefault().newWatchService();
    Thread.ofPlatform().daemon().name("folder-watch").start(this::run);
  }

  /// Calls the listener soon after each change until the handle is closed. A second listener for
  /// the same folder replaces the first.
  public AutoCloseable watch(Path folder, Runnable listener) throws IOException {
    WatchKey key =
        folder.register(
            service, StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_CREATE);
    listeners.put(key, listener);
    return () -> {
      listeners.remove(key, listener);
      key.cancel();
    };
  }

  private void run() {
    try {
      while (true) {
        Set<WatchKey> changed = new LinkedHashSet<>();
        @Nullable WatchKey key = service.take();
        Thread.sleep(GATHER);
        while (key != null) {
          changed.add(key);
          key = service.poll();
        }
        for (WatchKey each : changed) {
          each.pollEvents();
          each.reset();
          tell(listeners.get(each));
        }
      }
    } catch (ClosedWatchServiceException e) {
      LOG.atTrace().setCause(e).log("closed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void tell(@Nullable Runnable listener) {
    if (listener == null) {
      return;
    }
    try {
      listener.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("listener of a folder failed");
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
