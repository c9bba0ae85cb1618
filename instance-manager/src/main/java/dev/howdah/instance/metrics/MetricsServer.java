// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.StatusServer;
import dev.howdah.instance.tls.ClusterTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves an instance's metrics on port 9187. An instance does without, and tries on, while the
/// port isn't to be had.
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final int PORT = 9187;
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final InetSocketAddress address;
  private final @Nullable ClusterTls tls;
  private final Exporter exporter;
  private final Thread thread;
  private @Nullable StatusServer server;
  private boolean closed;

  private MetricsServer(InetSocketAddress address, @Nullable ClusterTls tls, Exporter exporter) {
    this.address = address;
    this.tls = tls;
    this.exporter = exporter;
    this.thread = Thread.ofVirtual().name("metrics").unstarted(this::open);
  }

  /// @param tls used if the Cluster wants metrics over HTTPS
  public static MetricsServer start(
      PodEnvironment pod, JsonNode cluster, ClusterTls tls, Exporter exporter) {
    var address = new InetSocketAddress(pod.bindAddress(), PORT);
    var server =
        new MetricsServer(address, MonitoringFields.of(cluster).tls() ? tls : null, exporter);
    server.thread.start();
    return server;
  }

  private void open() {
    try {
      while (!opened()) {
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean opened() {
    if (closed) {
      return true;
    }
    Map<String, Endpoint> endpoints = Map.of("/metrics", Endpoint.open(exporter));
    try {
      server =
          tls == null
              ? StatusServer.startPlain(address, endpoints)
              : StatusServer.start(address, tls, "", () -> "", endpoints);
      return true;
    } catch (IOException | GeneralSecurityException e) {
      LOG.atWarn()
          .addKeyValue("address", address)
          .addKeyValue("error", e.getMessage())
          .log("metrics not served, trying again");
      return false;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    synchronized (this) {
      closed = true;
      if (server != null) {
        server.close();
      }
    }
  }
}
