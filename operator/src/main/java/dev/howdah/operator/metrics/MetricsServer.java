// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.operator.admission.LiveKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Serves the operator's `/metrics`.
public final class MetricsServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  private MetricsServer(HttpServer server) {
    this.server = server;
  }

  /// Serves in the clear.
  public static MetricsServer start(InetSocketAddress address, Supplier<Metrics> metrics)
      throws IOException {
    return start(address, (SSLContext) null, metrics);
  }

  /// Serves over TLS.
  ///
  /// @param folder with `tls.crt` and `tls.key`, which may be renewed while this runs
  public static MetricsServer start(
      InetSocketAddress address, Path folder, Supplier<Metrics> metrics) throws IOException {
    LiveKey key = LiveKey.in(folder);
    return start(
        address,
        key.context(),
        () -> {
          key.reread(folder); // a renewed one is shown to the next connection
          return metrics.get();
        });
  }

  private static MetricsServer start(
      InetSocketAddress address, @Nullable SSLContext tls, Supplier<Metrics> metrics)
      throws IOException {
    HttpServer http;
    if (tls == null) {
      http = HttpServer.create(address, 0);
    } else {
      HttpsServer https = HttpsServer.create(address, 0);
      https.setHttpsConfigurator(new HttpsConfigurator(tls));
      http = https;
    }
    var server = new MetricsServer(http);
    http.createContext("/metrics", exchange -> answer(exchange, metrics));
    http.setExecutor(server.executor);
    http.start();
    return server;
  }

  private static void answer(HttpExchange exchange, Supplier<Metrics> metrics) throws IOException {
    try (exchange) {
      byte[] body = metrics.get().text().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", Metrics.CONTENT_TYPE);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /// Where it serves.
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
