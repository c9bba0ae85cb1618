// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.probe;

import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.Tls;
import dev.howdah.podruntime.probe.Probe.Handler;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSocketFactory;

/// Asks over the network, with a connection per question and nothing kept between them.
///
/// Written on bare sockets: an HTTP client with pools and selector threads would weigh more than
/// all the rest of a probe.
public final class NetworkProbe {
  private static final int LONGEST_STATUS_LINE = 1024;
  private static final SSLSocketFactory TRUSTING = trusting();

  private NetworkProbe() {}

  /// Opens a connection and closes it.
  public static Outcome tcp(Handler.Tcp target, Duration timeout) {
    try (var socket = new Socket()) {
      socket.connect(address(target.host(), target.port()), millis(timeout));
      return Outcome.OK;
    } catch (IOException e) {
      return Outcome.failed(
          "dial tcp %s:%d: %s".formatted(target.host(), target.port(), reason(e)));
    }
  }

  /// Sends one GET request and reads the status of its answer.
  public static Outcome http(Handler.Http target, Duration timeout) {
    var late = new AtomicBoolean();
    try (var plain = new Socket()) {
      var deadline =
          CompletableFuture.runAsync(
              () -> {
                late.set(true);
                closeQuietly(plain);
              },
              CompletableFuture.delayedExecutor(
                  timeout.toMillis(), TimeUnit.MILLISECONDS, Runnable::run));
      try {
        plain.connect(address(target.host(), target.port()), millis(timeout));
        plain.setSoTimeout(millis(timeout));
        plain.setTcpNoDelay(true);
        return ask(target, plain);
      } finally {
        deadline.cancel(false);
      }
    } catch (IOException e) {
      return Outcome.failed(
          "Get \"%s://%s:%d%s\": %s"
              .formatted(
                  target.tls() ? "https" : "http",
                  target.host(),
                  target.port(),
                  target.path(),
                  late.get() ? "context deadline exceeded" : reason(e)));
    }
  }

  private static Outcome ask(Handler.Http target, Socket plain) throws IOException {
    try (Socket socket =
        target.tls() ? TRUSTING.createSocket(plain, target.host(), target.port(), true) : plain) {
      var request = new StringBuilder();
      request.append("GET ").append(target.path()).append(" HTTP/1.1\r\n");
      if (target.headers().keySet().stream().noneMatch("Host"::equalsIgnoreCase)) {
        request.append("Host: %s:%d\r\n".formatted(target.host(), target.port()));
      }
      request.append("User-Agent: kube-probe/1.32\r\nAccept: */*\r\nConnection: close\r\n");
      target.headers().forEach((name, value) -> request.append(name + ": " + value + "\r\n"));
      request.append("\r\n");
      socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      int status = status(socket.getInputStream());
      return status >= 200 && status < 400
          ? Outcome.OK
          : Outcome.failed("HTTP probe failed with statuscode: " + status);
    }
  }

  private static int status(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      line.append((char) b);
      if (line.length() > LONGEST_STATUS_LINE) {
        break;
      }
    }
    String[] part = line.toString().strip().split(" ");
    if (part.length < 2 || !part[0].startsWith("HTTP/") || !part[1].matches("\\d{3}")) {
      throw new IOException(line.isEmpty() ? "EOF" : "malformed HTTP response");
    }
    return Integer.parseInt(part[1]);
  }

  private static InetSocketAddress address(String host, int port) throws IOException {
    if (port <= 0) {
      throw new IOException("the port's name is not among the container's ports");
    }
    return new InetSocketAddress(host, port);
  }

  private static String reason(IOException e) {
    if (e instanceof SocketTimeoutException) {
      return "context deadline exceeded";
    }
    String message = String.valueOf(e.getMessage());
    return message.contains("refused") ? "connect: connection refused" : message;
  }

  private static int millis(Duration timeout) {
    return Math.toIntExact(Math.max(1, timeout.toMillis()));
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is broken either way, and the one who reads from it is told.
    }
  }

  private static SSLSocketFactory trusting() {
    try {
      return Tls.accepting(CertificateCheck.ANY).getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no TLS", e);
    }
  }
}
