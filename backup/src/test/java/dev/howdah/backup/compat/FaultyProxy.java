// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Stands between a client and an S3 server, and does to some connections what networks and stores
/// do.
final class FaultyProxy implements AutoCloseable {
  /// What happens to a connection.
  sealed interface Fault {
    /// It is closed at once.
    record Refuse() implements Fault {}

    /// Its first request gets this answer instead of the server's.
    record Answer(int status) implements Fault {}

    /// It is cut after so many bytes from the client.
    record CutRequest(int bytes) implements Fault {}

    /// It is cut after so many bytes from the server; 0 loses the answer of what was done.
    record CutAnswer(int bytes) implements Fault {}

    /// One bit from the client is flipped, so far from the beginning.
    record FlipRequest(int at) implements Fault {}

    /// One bit from the server is flipped.
    record FlipAnswer(int at) implements Fault {}

    /// The server's answer comes late.
    record Late(int millis) implements Fault {}
  }

  private final ServerSocket listener;
  private final int server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger left = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();
  private volatile Fault fault = new Fault.Refuse();

  FaultyProxy(URI server) throws IOException {
    this.server = server.getPort();
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /// The next connections have this fault; those that are open end.
  void next(int connections, Fault what) {
    fault = what;
    left.set(connections);
    open.forEach(FaultyProxy::shut);
  }

  /// How many bytes came from clients and went on.
  long sent() {
    return sent.get();
  }

  void heal() {
    next(0, fault);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var client = listener.accept();
        var mine = left.getAndUpdate(n -> Math.max(0, n - 1)) > 0 ? fault : null;
        Thread.ofVirtual().start(() -> serve(client, mine));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client, Fault mine) {
    open.add(client);
    try (client) {
      switch (mine) {
        case Fault.Refuse _ -> {}
        case Fault.Answer(int status) -> {
          readHead(client.getInputStream());
          client
              .getOutputStream()
              .write(
                  "HTTP/1.1 %d x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                      .formatted(status)
                      .getBytes(StandardCharsets.US_ASCII));
        }
        case null, default -> forward(client, mine);
      }
    } catch (IOException e) {
      // that is what faults are
    } finally {
      open.remove(client);
    }
  }

  private static void readHead(InputStream in) throws IOException {
    int last = 0;
    for (int c = in.read(); c >= 0; c = in.read()) {
      last = last << 8 | c;
      if (last == 0x0d0a0d0a) {
        return;
      }
    }
  }

  private void forward(Socket client, Fault mine) throws IOException {
    try (var upstream = new Socket(InetAddress.getLoopbackAddress(), server)) {
      open.add(upstream);
      var up =
          Thread.ofVirtual()
              .start(() -> {
                copy(
                    client,
                    upstream,
                    mine instanceof Fault.CutRequest(int n) ? n : -1,
                    mine instanceof Fault.FlipRequest(int n) ? n : -1,
                    0,
                    sent);
                shut(upstream);
              });
      copy(
          upstream,
          client,
          mine instanceof Fault.CutAnswer(int n) ? n : -1,
          mine instanceof Fault.FlipAnswer(int n) ? n : -1,
          mine instanceof Fault.Late(int n) ? n : 0,
          new AtomicLong());
      shut(client);
      up.interrupt();
      open.remove(upstream);
    }
  }

  private static void copy(
      Socket from, Socket to, int cutAt, int flipAt, int late, AtomicLong all) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      var chunk = new byte[16 * 1024];
      long passed = 0;
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        if (flipAt >= passed && flipAt < passed + n) {
          chunk[(int) (flipAt - passed)] ^= 1;
        }
        if (cutAt >= 0 && passed + n > cutAt) {
          out.write(chunk, 0, (int) (cutAt - passed));
          return;
        }
        if (late > 0 && passed == 0) {
          Thread.sleep(late);
        }
        out.write(chunk, 0, n);
        passed += n;
        all.addAndGet(n);
      }
    } catch (IOException | InterruptedException e) {
      // cut from outside
    }
  }

  private static void shut(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it is gone either way
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    open.forEach(FaultyProxy::shut);
  }
}
