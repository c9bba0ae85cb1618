// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.howdah.instance.tls.ClusterTls;
import dev.howdah.kube.InstanceRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves the endpoints of an instance over TLS.
public final class StatusServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusServer.class);
  private static final Certificate[] NONE = {};

  private final HttpServer server;
  private final ExecutorService executor;
  private final @Nullable ClusterTls tls;
  private final Supplier<String> operatorFingerprint;
  private final String self;

  private StatusServer(
      HttpServer server,
      @Nullable ClusterTls tls,
      String self,
      Supplier<String> operatorFingerprint) {
    this.server = server;
    this.self = self;
    this.tls = tls;
    this.operatorFingerprint = operatorFingerprint;
    this.executor =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("http-", 0).factory());
  }

  /// Starts to serve.
  ///
  /// @param self the name of this instance
  /// @param operatorFingerprint `status.operatorCertificateFingerprint`; empty while unknown
  /// @throws IOException if the address is in use
  public static StatusServer start(
      InetSocketAddress address,
      ClusterTls tls,
      String self,
      Supplier<String> operatorFingerprint,
      Map<String, Endpoint> endpoints)
      throws IOException, GeneralSecurityException {
    HttpsServer https;
    try {
      https = HttpsServer.create(address, 32);
    } catch (IOException e) {
      throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
    }
    https.setHttpsConfigurator(new Configurator(tls.serverContext()));
    return new StatusServer(https, tls, self, operatorFingerprint).serving(endpoints);
  }

  /// Starts to serve without TLS what everybody may ask.
  ///
  /// @throws IOException if the address is in use
  public static StatusServer startPlain(InetSocketAddress address, Map<String, Endpoint> endpoints)
      throws IOException {
    return new StatusServer(HttpServer.create(address, 32), null, "", () -> "").serving(endpoints);
  }

  private StatusServer serving(Map<String, Endpoint> endpoints) {
    endpoints.forEach((path, endpoint) ->
        server.createContext(path, exchange -> serve(exchange, path, endpoint)));
    server.setExecutor(executor);
    server.start();
    return this;
  }

  private static final class Configurator extends HttpsConfigurator {
    Configurator(SSLContext context) {
      super(context);
    }

    @Override
    public void configure(HttpsParameters parameters) {
      SSLParameters tls = getSSLContext().getDefaultSSLParameters();
      tls.setWantClientAuth(true);
      parameters.setSSLParameters(tls);
    }
  }

  private void serve(HttpExchange exchange, String path, Endpoint endpoint) {
    try (exchange) {
      Reply reply;
      try {
        reply = answer(exchange, path, endpoint);
      } catch (RuntimeException e) {
        LOG.atWarn().addKeyValue("path", path).setCause(e).log("request failed");
        reply = Reply.failed("internal error: " + e.getMessage());
      }
      exchange.getResponseHeaders().set("Content-Type", reply.contentType());
      boolean empty = reply.body().length == 0;
      exchange.sendResponseHeaders(reply.code(), empty ? -1 : reply.body().length);
      if (!empty) {
        exchange.getResponseBody().write(reply.body());
      }
    } catch (IOException e) {
      LOG.atDebug().addKeyValue("path", path).setCause(e).log("client went away");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Reply answer(HttpExchange exchange, String path, Endpoint endpoint)
      throws IOException, InterruptedException {
    if (!exchange.getRequestURI().getPath().equals(path)) {
      return Reply.text(404, "there is no " + exchange.getRequestURI().getPath());
    }
    String recipient = exchange.getRequestHeaders().getFirst(InstanceRequest.RECIPIENT);
    if (recipient != null && !recipient.equals(self)) {
      return Reply.text(Reply.MISDIRECTED, "this is " + self + ", not " + recipient);
    }
    Certificate[] client = certificates(exchange);
    switch (endpoint.access()) {
      case EVERYBODY -> {}
      case PEERS -> {
        if (tls == null || !tls.isPeer(client)) {
          return Reply.text(401, "only instances of this cluster may ask this");
        }
      }
      case OPERATOR -> {
        if (client.length == 0) {
          return Reply.text(401, "only the operator may ask this");
        }
        String known = operatorFingerprint.get();
        if (known.isEmpty() || !known.equalsIgnoreCase(ClusterTls.fingerprint(client[0]))) {
          return Reply.text(503, "this operator's certificate is not (yet) known here");
        }
      }
    }
    byte[] body;
    try (InputStream in = exchange.getRequestBody()) {
      body = in.readNBytes(endpoint.longest() + 1);
    }
    if (body.length > endpoint.longest()) {
      return Reply.text(413, "the request is too large");
    }
    String query = exchange.getRequestURI().getQuery();
    return endpoint
        .work()
        .answer(
            new Endpoint.Request(exchange.getRequestMethod(), query == null ? "" : query, body));
  }

  private static Certificate[] certificates(HttpExchange exchange) {
    if (exchange instanceof HttpsExchange secure) {
      try {
        return secure.getSSLSession().getPeerCertificates();
      } catch (SSLPeerUnverifiedException e) {
        return NONE;
      }
    }
    return NONE;
  }

  /// The port, for a server that was started on any free one.
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
