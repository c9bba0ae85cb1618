// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.admission;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTPS endpoint of the operator: webhooks, and the probes of its own pod.
///
/// Paths are `/mutate-…`, `/validate-…`, whatever the kind, `/readyz` and `/healthz`.
public final class WebhookServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookServer.class);

  /// More than any object that the API server stores.
  private static final int LARGEST_BODY = 8 * 1024 * 1024;

  private final HttpsServer server;
  private final ExecutorService executor;

  private WebhookServer(HttpsServer server, ExecutorService executor) {
    this.server = server;
    this.executor = executor;
  }

  /// Starts to serve.
  ///
  /// @param port 0: any free one
  /// @param reviews by the settings of the moment
  /// @param ready what `/readyz` tells
  public static WebhookServer start(
      InetSocketAddress address,
      SSLContext tls,
      Supplier<AdmissionReviews> reviews,
      BooleanSupplier ready)
      throws IOException {
    HttpsServer server = HttpsServer.create(address, 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(executor);
    server.createContext(
        "/mutate-", exchange -> review(exchange, request -> reviews.get().mutate(request)));
    server.createContext(
        "/validate-", exchange -> review(exchange, request -> reviews.get().validate(request)));
    server.createContext("/healthz", exchange -> say(exchange, 200, "ok"));
    server.createContext(
        "/readyz",
        exchange ->
            say(
                exchange,
                ready.getAsBoolean() ? 200 : 503,
                ready.getAsBoolean() ? "ok" : "starting"));
    server.start();
    return new WebhookServer(server, executor);
  }

  /// Where it serves.
  public int port() {
    return server.getAddress().getPort();
  }

  private static void review(HttpExchange exchange, Function<ObjectNode, ObjectNode> answer)
      throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY);
      ObjectNode request;
      try {
        request = Json.parse(body);
      } catch (IOException e) {
        say(exchange, 400, "not an AdmissionReview: " + e.getMessage());
        return;
      }
      byte[] response = Json.bytes(answer.apply(request));
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, response.length);
      exchange.getResponseBody().write(response);
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("path", exchange.getRequestURI()).setCause(e).log("review failed");
      throw e;
    }
  }

  private static void say(HttpExchange exchange, int code, String text) throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(code, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
