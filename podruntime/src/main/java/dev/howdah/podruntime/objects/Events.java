// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.KubeClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes events without making anybody wait for it. When too many wait, further ones are dropped.
public final class Events implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Events.class);
  private static final int WAITING = 1000;

  private record Entry(
      String component, JsonNode about, boolean warning, String reason, String message) {}

  private final KubeClient client;
  private final String host;
  private final InstantSource clock;
  private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(WAITING);
  private final Map<String, EventRecorder> recorders = new ConcurrentHashMap<>();
  private final Set<String> said = ConcurrentHashMap.newKeySet();
  private final Thread thread;

  public Events(KubeClient client, String host, InstantSource clock) {
    this.client = client;
    this.host = host;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("events").start(this::run);
  }

  /// What one component reports.
  public final class Reporter {
    private final String component;

    private Reporter(String component) {
      this.component = component;
    }

    public void normal(JsonNode about, String reason, String message) {
      put(about, false, reason, message);
    }

    public void warning(JsonNode about, String reason, String message) {
      put(about, true, reason, message);
    }

    /// Says something that is the same for all objects, for the first one only.
    public void once(JsonNode about, String reason, String message) {
      if (said.add(reason)) {
        put(about, false, reason, message);
      }
    }

    private void put(JsonNode about, boolean warning, String reason, String message) {
      if (!queue.offer(new Entry(component, about, warning, reason, message))) {
        LOG.atDebug().addKeyValue("reason", reason).log("event dropped");
      }
    }
  }

  /// @param component as Kubernetes names its own, such as `kubelet`
  public Reporter of(String component) {
    return new Reporter(component);
  }

  private void run() {
    try {
      while (true) {
        Entry entry = queue.take();
        EventRecorder recorder =
            recorders.computeIfAbsent(
                entry.component, name -> new EventRecorder(client, name, host, clock));
        if (entry.warning) {
          recorder.warning(entry.about, entry.reason, entry.message);
        } else {
          recorder.normal(entry.about, entry.reason, entry.message);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
    try {
      while (!queue.isEmpty() && System.nanoTime() < end) {
        Thread.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }
}
