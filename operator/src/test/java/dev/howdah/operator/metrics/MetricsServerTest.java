// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.metrics.Metrics;
import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.Tls;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsServerTest {
  private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

  @TempDir Path folder;

  private final CertificateAuthority authority =
      CertificateAuthority.create("test", "", Duration.ofDays(1), InstantSource.system());

  @Test
  void servesOverTlsAndShowsARenewedCertificateToTheNextConnection() throws Exception {
    CertifiedKey first = issue();
    try (var server = MetricsServer.start(ANY, folder, MetricsServerTest::leading)) {
      assertThat(scrape(server.port())).isEqualTo(first.certificate());

      CertifiedKey second = issue();
      scrape(server.port()); // this one makes the server look
      assertThat(scrape(server.port())).isEqualTo(second.certificate());

      Files.writeString(folder.resolve("tls.crt"), "broken");
      scrape(server.port());
      assertThat(scrape(server.port())).isEqualTo(second.certificate());
    }
  }

  @Test
  void doesNotStartWithoutACertificate() {
    assertThatThrownBy(() -> MetricsServer.start(ANY, folder, MetricsServerTest::leading))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tls.crt");
  }

  private static Metrics leading() {
    var metrics = new Metrics();
    OperatorMetrics.leading(metrics, true);
    return metrics;
  }

  private CertifiedKey issue() throws IOException {
    CertifiedKey key =
        authority.issue(LeafRequest.server("metrics", List.of("metrics"), Duration.ofHours(1)));
    Files.writeString(folder.resolve("tls.crt"), key.certificatePem());
    Files.writeString(folder.resolve("tls.key"), key.keyPem());
    return key;
  }

  /// What a scraper that trusts the authority is shown; it gets the metrics.
  private X509Certificate scrape(int port) throws Exception {
    var tls = Tls.accepting(CertificateCheck.chainTo(authority.self().certificatePem()));
    try (HttpClient http = HttpClient.newBuilder().sslContext(tls).build()) {
      var answer =
          http.send(
              HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/metrics")).build(),
              BodyHandlers.ofString());
      assertThat(answer.body()).contains("howdah_operator_leading 1\n");
      return (X509Certificate) answer.sslSession().orElseThrow().getPeerCertificates()[0];
    }
  }
}
