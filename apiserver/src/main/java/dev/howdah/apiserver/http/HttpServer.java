// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.http;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts connections and serves each on a virtual thread of its own.
public final class HttpServer implements AutoCloseable {
  /// Answers one request.
  public interface Handler {
    /// Must answer; may block as long as it likes.
    void handle(Exchange exchange) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int HANDSHAKE_MILLIS = 10_000;
  private static final int BACKLOG = 200;

  /// How long a client may be silent between requests, or inside one that it has begun.
  private static final Duration SILENCE = Duration.ofMinutes(3);

  /// After a connection that could not be accepted, for want of file descriptors mostly.
  private static final Duration PAUSE = Duration.ofMillis(200);

  /// How long a connection is read on after its last answer: a slow client may need it to send what
  /// it has begun.
  private static final Duration LINGER = Duration.ofSeconds(30);

  /// How long such a client may pause.
  private static final Duration LINGER_SILENCE = Duration.ofSeconds(5);

  private static final Duration RELEASE = Duration.ofSeconds(5);

  private final ServerSocket listener;
  private final SSLContext tls;
  private final Handler handler;
  private final Duration silence;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Thread acceptor = Thread.ofVirtual().name("http-accept").unstarted(this::acceptAll);
  private volatile boolean closed;

  private HttpServer(ServerSocket listener, SSLContext tls, Handler handler, Duration silence) {
    this.silence = silence;
    this.listener = listener;
    this.tls = tls;
    this.handler = handler;
  }

  /// Binds the port (0: any) at once; [#serve] begins to answer. Throws [java.net.BindException]
  /// when it is taken.
  public static ServerSocket bind(InetAddress address, int port) throws IOException {
    var listener = new ServerSocket();
    try {
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(address, port), BACKLOG);
      return listener;
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  /// Serves a bound listener; client certificates are asked for and handed to the handler
  /// unverified.
  public static HttpServer serve(ServerSocket listener, SSLContext tls, Handler handler) {
    return serve(listener, tls, handler, SILENCE);
  }

  static HttpServer serve(
      ServerSocket listener, SSLContext tls, Handler handler, Duration silence) {
    var server = new HttpServer(listener, tls, handler, silence);
    server.acceptor.start();
    return server;
  }

  private void acceptAll() {
    while (!closed) {
      try {
        var socket = listener.accept();
        open.add(socket);
        Thread.ofVirtual().name("http").start(() -> connection(socket));
      } catch (IOException e) {
        if (!closed) {
          LOG.atWarn().setCause(e).log("could not accept a connection");
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    }
  }

  private void connection(Socket plain) {
    try (plain) {
      plain.setTcpNoDelay(true);
      plain.setSoTimeout(HANDSHAKE_MILLIS);
      var first = plain.getInputStream().read();
      if (first != 0x16) {
        refusePlainText(plain, first);
        return;
      }
      var consumed = new java.io.ByteArrayInputStream(new byte[] {(byte) first});
      try (var socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, consumed, true)) {
        socket.setUseClientMode(false);
        socket.setWantClientAuth(true);
        socket.startHandshake();
        requests(socket, plain);
      }
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("a connection ended");
    } finally {
      open.remove(plain);
    }
  }

  private static void refusePlainText(Socket plain, int first) throws IOException {
    if (first >= 0) {
      plain
          .getOutputStream()
          .write(
              "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
                  .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }
  }

  private void requests(SSLSocket socket, Socket plain) throws IOException {
    var in = new HttpInput(socket.getInputStream());
    var out = new BufferedOutputStream(socket.getOutputStream(), 16 * 1024);
    var peer = peer(socket);
    while (!closed) {
      RequestHead head;
      plain.setSoTimeout((int) silence.toMillis());
      try {
        head = RequestHead.read(in);
      } catch (HttpException e) {
        var unread = new RequestHead("", "", java.util.Map.of(), java.util.Map.of(), false);
        new Exchange(unread, in, out, peer, plain).respond(e.status(), "text/plain", bytes(e));
        readOn(in, plain);
        return;
      }
      if (head == null) {
        return;
      }
      var exchange = new Exchange(head, in, out, peer, plain);
      if (!answer(exchange)) {
        if (exchange.leavesUnread()) {
          readOn(in, plain);
        }
        return;
      }
    }
  }

  /// What the client still sends after the last answer. To close with something unread resets the
  /// connection, and the answer may never be read.
  private static void readOn(HttpInput in, Socket plain) throws IOException {
    byte[] rest = new byte[16 * 1024];
    long end = System.nanoTime() + LINGER.toNanos();
    plain.setSoTimeout((int) LINGER_SILENCE.toMillis());
    try {
      while (System.nanoTime() < end && in.read(rest) >= 0) {
        // it is not for us
      }
    } catch (SocketTimeoutException _) {
      LOG.atDebug().log("a client neither sends nor closes");
    }
  }

  private boolean answer(Exchange exchange) throws IOException {
    try {
      handler.handle(exchange);
      return exchange.finish();
    } catch (HttpException e) {
      if (exchange.answered()) {
        throw e;
      }
      exchange.closeAfter();
      exchange.respond(e.status(), "text/plain", bytes(e));
      return false;
    }
  }

  private static byte[] bytes(HttpException e) {
    return String.valueOf(e.getMessage()).getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private static List<X509Certificate> peer(SSLSocket socket) {
    try {
      return Arrays.stream(socket.getSession().getPeerCertificates())
          .filter(X509Certificate.class::isInstance)
          .map(X509Certificate.class::cast)
          .toList();
    } catch (SSLPeerUnverifiedException _) {
      return List.of();
    }
  }

  /// The port that is listened on.
  public int port() {
    return listener.getLocalPort();
  }

  /// Stops listening and cuts all connections.
  @Override
  public void close() {
    closed = true;
    try {
      listener.close();
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("could not close the listener");
    }
    for (var socket : open) {
      try {
        socket.close();
      } catch (IOException _) {
        // it is gone already
      }
    }
    awaitRelease();
  }

  // The port is free only when the thread that listened has let go of it.
  private void awaitRelease() {
    try {
      if (!acceptor.join(RELEASE)) {
        LOG.atWarn().addKeyValue("port", port()).log("the listener was not released in time");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
