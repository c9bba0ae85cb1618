// SPDX-License-Identifier: Apache-2.0
package dev.howdah.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// Connections to one server, kept open between requests. Safe for use by several threads; each
/// request has a connection to itself.
///
/// A server may close a connection that is idle just when a request comes. Then the request is sent
/// again over a new one, once, if that can't do harm: [Repeat] says when.
public final class Connections implements AutoCloseable {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int IDLE_SECONDS = 10;
  private static final int MOST_IDLE = 16;

  /// Slower than this a transfer counts as stuck.
  private static final long SLOWEST_BYTES_PER_SECOND = 32 * 1024;

  /// Cuts connections whose peer reads or answers no more; shared, since it hardly ever acts.
  private static final ScheduledExecutorService WATCH = watch();

  /// Which requests are sent again when a connection that was kept turns out to be closed.
  public enum Repeat {
    /// Those that only read: of any other it isn't known whether it was carried out.
    READS,
    /// All: each has the same effect twice as once.
    ALL
  }

  private final URI base;
  private final @Nullable SSLSocketFactory tls;
  private final Repeat repeat;
  private final Toll toll;
  private final Deque<Wire> idle = new ArrayDeque<>();
  private final Set<Wire> busy = new HashSet<>();
  private boolean closed;

  private static ScheduledExecutorService watch() {
    var pool =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("http-watch").factory());
    pool.setRemoveOnCancelPolicy(true);
    return pool;
  }

  /// @param base scheme, host and port
  /// @param tls what `https` needs; its trust is asked about the host's name too
  public Connections(URI base, @Nullable SSLSocketFactory tls, Repeat repeat, Toll toll) {
    this.base = base;
    this.tls = "https".equals(base.getScheme()) ? tls : null;
    this.repeat = repeat;
    this.toll = toll;
    if ("https".equals(base.getScheme()) && tls == null) {
      throw new IllegalArgumentException("https needs trust");
    }
  }

  public URI base() {
    return base;
  }

  /// Sends a request.
  ///
  /// @param target path and query, as they go over the wire
  /// @param headers all but `host`, `content-length` and `connection`
  public Answer send(
      String method,
      String target,
      Map<String, String> headers,
      @Nullable Content content,
      Patience patience)
      throws IOException {
    long start = System.nanoTime();
    var kept = take();
    if (kept != null) {
      try {
        return exchange(kept, method, target, headers, content, patience);
      } catch (SocketTimeoutException e) {
        end(kept);
        forgetIdle();
        throw e;
      } catch (IOException e) {
        end(kept);
        boolean reads = method.equals("GET") || method.equals("HEAD");
        if (repeat == Repeat.READS && !reads || Thread.currentThread().isInterrupted()) {
          throw e;
        }
      }
    }
    Duration spent = Duration.ofNanos(System.nanoTime() - start);
    var fresh = open(patience.limit().minus(spent));
    try {
      spent = Duration.ofNanos(System.nanoTime() - start);
      var rest = new Patience(patience.limit().minus(spent), patience.covers());
      return exchange(fresh, method, target, headers, content, rest);
    } catch (IOException e) {
      end(fresh);
      throw e;
    }
  }

  private Answer exchange(
      Wire wire,
      String method,
      String target,
      Map<String, String> headers,
      @Nullable Content content,
      Patience patience)
      throws IOException {
    long length = content == null ? 0 : content.length();
    boolean all = patience.covers() == Patience.Covers.ALL;
    long millis =
        Math.max(1, patience.limit().toMillis())
            + (all ? 0 : length * 1000 / SLOWEST_BYTES_PER_SECOND);
    var late = new boolean[1];
    var guard =
        WATCH.schedule(
            () -> {
              late[0] = true;
              wire.abort();
            },
            millis,
            TimeUnit.MILLISECONDS);
    boolean answered = false;
    try {
      wire.waitAtMost((int) Math.min(Integer.MAX_VALUE, millis));
      var unsent = write(wire, method, target, headers, content, length);
      Wire.Head head;
      try {
        head = wire.readHead();
      } catch (IOException e) {
        throw unsent == null ? e : unsent;
      }
      boolean whole = unsent == null;
      boolean endless = patience.covers() == Patience.Covers.HEAD_OF_STREAM;
      if (endless) {
        wire.waitAtMost(0);
      }
      InputStream in =
          wire.readBody(
              head,
              !method.equals("HEAD"),
              endless,
              reusable -> {
                guard.cancel(false);
                // one that is being cut at this very moment is nobody's any more
                if (reusable && whole && guard.isCancelled()) {
                  give(wire);
                } else {
                  end(wire);
                }
              });
      answered = true;
      return new Answer(head.status(), head.headers(), in);
    } catch (IOException e) {
      boolean over = late[0] || !patience.limit().isPositive();
      throw over ? new SocketTimeoutException("no answer within " + millis + " ms") : e;
    } finally {
      if (!answered || !all) {
        guard.cancel(false);
      }
    }
  }

  /// Returns what went wrong in sending: a server may refuse before it has read everything, and its
  /// answer says more.
  private @Nullable IOException write(
      Wire wire,
      String method,
      String target,
      Map<String, String> headers,
      @Nullable Content content,
      long length)
      throws IOException {
    var head = new StringBuilder(512);
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nhost: ");
    head.append(base.getRawAuthority()).append("\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (content != null || method.equals("PUT") || method.equals("POST")) {
      head.append("content-length: ").append(length).append("\r\n");
    }
    head.append("\r\n");
    wire.head(head.toString());
    if (content != null) {
      try (var in = content.open()) {
        wire.body(in, length);
        wire.flush();
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e; // cancelled: no answer is wanted
        }
        return e;
      }
    }
    wire.flush();
    return null;
  }

  private Wire open(Duration limit) throws IOException {
    int millis = Math.clamp(limit.toMillis(), 1, CONNECT_MILLIS);
    int port = base.getPort() < 0 ? (tls == null ? 80 : 443) : base.getPort();
    var host = base.getHost();
    var name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    var socket = new Socket();
    var guard =
        WATCH.schedule(
            () -> {
              socket.close();
              return true;
            },
            Math.max(1, limit.toMillis()),
            TimeUnit.MILLISECONDS);
    try {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(name, port), millis);
      if (tls == null) {
        return use(new Wire(socket, socket, toll));
      }
      socket.setSoTimeout(Math.clamp(limit.toMillis(), 1, Integer.MAX_VALUE));
      var secured = (SSLSocket) tls.createSocket(socket, name, port, true);
      var parameters = secured.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      return use(new Wire(socket, secured, toll));
    } catch (IOException e) {
      boolean late = guard.isDone();
      socket.close();
      throw late
          ? new SocketTimeoutException("no connection within " + limit.toMillis() + " ms")
          : e;
    } finally {
      guard.cancel(false);
    }
  }

  private synchronized @Nullable Wire take() {
    for (var wire = idle.pollFirst(); wire != null; wire = idle.pollFirst()) {
      if (wire.isFresh(IDLE_SECONDS)) {
        busy.add(wire);
        return wire;
      }
      wire.abort();
    }
    return null;
  }

  private synchronized Wire use(Wire wire) {
    busy.add(wire);
    return wire;
  }

  private void end(Wire wire) {
    synchronized (this) {
      busy.remove(wire);
    }
    wire.abort();
  }

  private synchronized void give(Wire wire) {
    busy.remove(wire);
    wire.rest();
    if (closed || idle.size() >= MOST_IDLE) {
      wire.abort();
    } else {
      idle.addFirst(wire);
    }
  }

  /// A network that swallows what goes over one connection swallows it on those that were kept
  /// beside it, too: the next request doesn't wait for that.
  private synchronized void forgetIdle() {
    idle.forEach(Wire::abort);
    idle.clear();
  }

  /// No connection is used again; requests that go on come to their end.
  public synchronized void retire() {
    closed = true;
    forgetIdle();
  }

  /// Ends all connections, those of requests that go on too.
  @Override
  public synchronized void close() {
    retire();
    busy.forEach(Wire::abort);
    busy.clear();
  }
}
