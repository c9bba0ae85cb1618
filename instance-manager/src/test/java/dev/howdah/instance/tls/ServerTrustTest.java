// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.howdah.http.Connections;
import dev.howdah.http.Patience;
import dev.howdah.http.Toll;
import dev.howdah.kube.Tls;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

/// Which servers a client with an authority of its own, as in a pod, talks to.
class ServerTrustTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(1), Patience.Covers.ALL);

  private final CertificateAuthority ours = authority("ours");

  private static CertificateAuthority authority(String name) {
    return CertificateAuthority.create(name, "ns", DAY, InstantSource.system());
  }

  private int ask(CertifiedKey key, String host) throws Exception {
    var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(Tls.context(null, key.certificatePem(), key.keyPem())));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    var base = URI.create("https://" + host + ":" + server.getAddress().getPort());
    var factory = Tls.context(ours.certificatePem(), null, null).getSocketFactory();
    try (var connections = new Connections(base, factory, Connections.Repeat.READS, Toll.NONE);
        var answer = connections.send("GET", "/", Map.of(), null, PATIENCE)) {
      return answer.status();
    } finally {
      server.stop(0);
    }
  }

  private static LeafRequest server(String... names) {
    return LeafRequest.server("api", List.of(names), DAY);
  }

  @Test
  void trustsAnAddressAndANameOfACertificateFromItsAuthority() throws Exception {
    assertThat(ask(ours.issue(server("api").withIpAddresses(List.of("127.0.0.1"))), "127.0.0.1"))
        .isEqualTo(204);
    assertThat(ask(ours.issue(server("LocalHost")), "localhost")).isEqualTo(204);
  }

  @Test
  void leavesWildcardsToTheRuntime() {
    assertThatThrownBy(() -> ask(ours.issue(server("*.example")), "localhost"))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void refusesAnotherAuthority() {
    assertRefused(authority("other").issue(server("localhost")), "localhost");
    // of the same name
    assertRefused(authority("ours").issue(server("localhost")), "localhost");
  }

  @Test
  void refusesTheCertificateOfAnotherHost() {
    assertRefused(ours.issue(server("elsewhere")), "localhost");
    assertRefused(ours.issue(server("127.0.0.1")), "127.0.0.1"); // a name, not an address
    assertRefused(ours.issue(server("api").withIpAddresses(List.of("127.0.0.2"))), "127.0.0.1");
  }

  @Test
  void refusesTheCertificateOfAClient() {
    assertRefused(ours.issue(LeafRequest.client("localhost", DAY)), "localhost");
  }

  private void assertRefused(CertifiedKey key, String host) {
    assertThatThrownBy(() -> ask(key, host)).isInstanceOf(IOException.class);
  }
}
