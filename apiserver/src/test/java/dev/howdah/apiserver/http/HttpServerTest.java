// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.apiserver.auth.ServerTls;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.LeafRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;

class HttpServerTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final CertificateAuthority AUTHORITY =
      CertificateAuthority.create("test", "", DAY, InstantSource.system());

  private static SSLContext server() {
    var key = AUTHORITY.issue(LeafRequest.server("test", List.of("localhost"), DAY));
    return ServerTls.context(key, AUTHORITY.self().certificate());
  }

  private static final class Anyone implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /// Says this at once.
  private static Socket connect(HttpServer server, String text) throws Exception {
    var tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {new Anyone()}, null);
    var socket =
        tls.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(60_000);
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    return socket;
  }

  private static HttpServer serve(Duration silence) throws IOException {
    var listener = HttpServer.bind(InetAddress.getLoopbackAddress(), 0);
    return HttpServer.serve(
        listener,
        server(),
        exchange -> {
          if (exchange.rawPath().equals("/stream")) {
            try (var out = exchange.stream(200, "text/plain")) {
              exchange.onDisconnect(() -> {});
              out.write('a');
              out.flush();
              pause(silence.plusSeconds(1));
              out.write('b');
            }
          } else {
            exchange.respond(200, "text/plain", exchange.body());
          }
        },
        silence);
  }

  private static void pause(Duration time) {
    await().pollDelay(time).timeout(time.plusSeconds(20)).until(() -> true);
  }

  @Test
  void hangsUpOnWhoBeginsARequestAndFallsSilent() throws Exception {
    try (var server = serve(Duration.ofSeconds(3));
        var idle = connect(server, "GET / HTTP/1.1\r\n\r\n");
        var inHead = connect(server, "GET / HTTP/1.1\r\nHos");
        var inBody = connect(server, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")) {

      assertThat(new String(idle.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 200");
      assertThat(inHead.getInputStream().readAllBytes()).isEmpty();
      assertThat(inBody.getInputStream().readAllBytes()).isEmpty();
    }
  }

  @Test
  void leavesStreamsOpenWhoseClientHasNothingToSay() throws Exception {
    try (var server = serve(Duration.ofSeconds(2));
        var socket = connect(server, "GET /stream HTTP/1.1\r\n\r\n")) {
      var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

      assertThat(answer).endsWith("1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
    }
  }

  /// A listener without a file descriptor left fails at once, again and again.
  @Test
  void pausesWhenNoConnectionCanBeAccepted() throws Exception {
    var attempts = new AtomicInteger();
    var broken =
        new ServerSocket() {
          @Override
          public Socket accept() throws IOException {
            attempts.incrementAndGet();
            throw new IOException("Too many open files");
          }
        };

    var start = System.nanoTime();
    try (var server = HttpServer.serve(broken, server(), exchange -> {})) {
      pause(Duration.ofSeconds(1));
      assertThat(server).isNotNull();
      long made = attempts.get(); // before the clock is looked at: it goes on trying
      var tenths = (System.nanoTime() - start) / 100_000_000;
      assertThat(made).isLessThan(tenths);
    }
  }
}
