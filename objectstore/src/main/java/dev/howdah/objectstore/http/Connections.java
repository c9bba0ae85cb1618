// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.http;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Connections to one server, kept open between requests. Safe for use by several threads; each
/// request has a connection to itself.
public final class Connections implements AutoCloseable {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int IDLE_SECONDS = 10;
  private static final int MOST_IDLE = 16;

  /// Slower than this a transfer counts as stuck.
  private static final long SLOWEST_BYTES_PER_SECOND = 32 * 1024;

  /// Cuts connections whose peer reads or answers no more; shared, since it hardly ever acts.
  private static final ScheduledExecutorService WATCH = watch();

  private final URI base;
  private final Duration timeout;
  private final Bandwidth bandwidth;
  private final @Nullable SSLSocketFactory tls;
  private final Deque<Wire> idle = new ArrayDeque<>();
  private boolean closed;

  private static ScheduledExecutorService watch() {
    var pool =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("object-store-watch").factory());
    pool.setRemoveOnCancelPolicy(true);
    return pool;
  }

  /// @param base scheme, host and port
  /// @param caPem certificate authorities to trust; absent: the runtime's
  /// @param timeout for a request without a body, and for each wait for bytes
  public Connections(URI base, @Nullable String caPem, Duration timeout, Bandwidth bandwidth) {
    this.base = base;
    this.timeout = timeout;
    this.bandwidth = bandwidth;
    this.tls =
        !"https".equals(base.getScheme())
            ? null
            : caPem == null
                ? (SSLSocketFactory) SSLSocketFactory.getDefault()
                : trusting(caPem).getSocketFactory();
  }

  private static SSLContext trusting(String pem) {
    try {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
      int n = 0;
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + n++, certificate);
      }
      if (n == 0) {
        throw new GeneralSecurityException("it holds no certificate");
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new StoreException(
          Kind.REFUSED,
          "the endpoint's CA is no PEM certificate: "
              + e.getMessage()
              + "; endpointCA must name a Secret's key that holds one",
          e);
    }
  }

  public URI base() {
    return base;
  }

  /// Sends a request. A connection that the server closed while it was idle is replaced by a new
  /// one, once.
  ///
  /// @param target path and query, as they go over the wire
  /// @param headers all but `host`, `content-length` and `connection`
  public Answer send(String method, String target, Map<String, String> headers, @Nullable Body body)
      throws IOException {
    var kept = take();
    if (kept != null) {
      try {
        return exchange(kept, method, target, headers, body);
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        kept.abort();
      }
    }
    var fresh = open();
    try {
      return exchange(fresh, method, target, headers, body);
    } catch (IOException e) {
      fresh.abort();
      throw e;
    }
  }

  private Answer exchange(
      Wire wire, String method, String target, Map<String, String> headers, @Nullable Body body)
      throws IOException {
    long length = body == null ? 0 : body.length();
    long millis = timeout.toMillis() + length * 1000 / SLOWEST_BYTES_PER_SECOND;
    var late = new boolean[1];
    var guard =
        WATCH.schedule(
            () -> {
              late[0] = true;
              wire.abort();
            },
            millis,
            TimeUnit.MILLISECONDS);
    try {
      var unsent = write(wire, method, target, headers, body, length);
      Wire.Head head;
      try {
        head = wire.readHead();
      } catch (IOException e) {
        throw unsent == null ? e : unsent;
      }
      boolean whole = unsent == null;
      InputStream in =
          wire.readBody(
              head,
              !method.equals("HEAD"),
              reusable -> {
                if (reusable && whole) {
                  give(wire);
                } else {
                  wire.abort();
                }
              });
      return new Answer(head.status(), head.headers(), in);
    } catch (IOException e) {
      throw late[0] ? new SocketTimeoutException("no answer within " + millis / 1000 + " s") : e;
    } finally {
      guard.cancel(false);
    }
  }

  /// Returns what went wrong in sending: a server may refuse before it has read everything, and its
  /// answer says more.
  private @Nullable IOException write(
      Wire wire,
      String method,
      String target,
      Map<String, String> headers,
      @Nullable Body body,
      long length)
      throws IOException {
    var head = new StringBuilder(512);
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nhost: ");
    head.append(base.getRawAuthority()).append("\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (body != null || method.equals("PUT") || method.equals("POST")) {
      head.append("content-length: ").append(length).append("\r\n");
    }
    head.append("\r\n");
    wire.head(head.toString());
    if (body != null) {
      try (var in = body.open()) {
        wire.body(in);
        wire.flush();
      } catch (IOException e) {
        return e;
      }
    }
    wire.flush();
    return null;
  }

  private Wire open() throws IOException {
    int port = base.getPort() < 0 ? (tls == null ? 80 : 443) : base.getPort();
    var host = base.getHost();
    var socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, timeout.toMillis()));
      if (tls == null) {
        return new Wire(socket, bandwidth);
      }
      var secured =
          (SSLSocket) tls.createSocket(socket, host.replaceAll("^\\[|]$", ""), port, true);
      var parameters = secured.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      return new Wire(secured, bandwidth);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private synchronized @Nullable Wire take() {
    for (var wire = idle.pollFirst(); wire != null; wire = idle.pollFirst()) {
      if (wire.isFresh(IDLE_SECONDS)) {
        return wire;
      }
      wire.abort();
    }
    return null;
  }

  private synchronized void give(Wire wire) {
    wire.rest();
    if (closed || idle.size() >= MOST_IDLE) {
      wire.abort();
    } else {
      idle.addFirst(wire);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    idle.forEach(Wire::abort);
    idle.clear();
  }
}
