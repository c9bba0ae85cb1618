// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.tls.ClusterTls;
import dev.howdah.instance.tls.PemFiles;
import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Tls;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import dev.howdah.testing.Loopback;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Metrics as a scraper reads them, in the clear or over HTTPS with the server's certificate.
class MetricsServerTest {
  private static final int PORT = 9187;
  private static final String CLUSTER =
      """
      {"metadata": {"name": "shop"}, "spec": {"monitoring": %s}}
      """;
  private static final String ADDRESS = Loopback.freeAddress(PORT);

  @TempDir Path folder;

  private final CertificateAuthority authority =
      CertificateAuthority.create("shop", "", Duration.ofDays(1), InstantSource.system());
  private final CertifiedKey peer =
      authority.issue(LeafRequest.client("streaming_replica", Duration.ofHours(1)));
  private final ClusterTls tls = new ClusterTls("shop");

  @Test
  void servesOverHttpsWithTheClustersCertificateAndShowsARenewedOneToTheNextScrape()
      throws Exception {
    CertifiedKey first = renewed();
    try (var kube = nobody();
        var _ = start(kube, "{\"tls\": {\"enabled\": true}}")) {
      await().atMost(Duration.ofMinutes(1)).until(() -> answers("https"));
      HttpResponse<String> answer = scrape();
      assertThat(answer.body()).contains("cnpg_collector_up{cluster=\"shop\"} 0\n");
      assertThat(shown(answer)).isEqualTo(first.certificate());

      CertifiedKey second = renewed();
      assertThat(shown(scrape())).isEqualTo(second.certificate());

      assertThatThrownBy(() -> get("http"))
          .as("nothing is told in the clear")
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void servesInTheClearUnlessAskedOtherwise() throws Exception {
    try (var kube = nobody();
        var _ = start(kube, "{\"enablePodMonitor\": true}")) {
      await().atMost(Duration.ofMinutes(1)).until(() -> answers("http"));
    }
  }

  private MetricsServer start(KubeClient kube, String monitoring) throws IOException {
    JsonNode cluster = Json.parse(CLUSTER.formatted(monitoring));
    var parts =
        new Exporter.Parts(
            "shop-1",
            "db",
            () -> cluster,
            new ServerAddress.Local(folder, PORT),
            Map::of,
            () -> new Exporter.Leading(false, 0));
    var pod = new PodEnvironment("shop-1", "db", "shop", "", ADDRESS, folder, Map.of());
    return MetricsServer.start(
        pod, cluster, tls, new Exporter(parts, kube, InstantSource.system()));
  }

  private static KubeClient nobody() throws Exception {
    return new KubeClient(KubeSettings.withToken(URI.create("http://127.0.0.1:1"), null, "nobody"));
  }

  private CertifiedKey renewed() throws Exception {
    CertifiedKey server =
        authority.issue(LeafRequest.server("shop-rw", List.of("shop-rw"), Duration.ofHours(1)));
    String ca = authority.self().certificatePem();
    tls.use(
        new PemFiles(
            server.certificatePem(),
            server.keyPem(),
            ca,
            peer.certificatePem(),
            peer.keyPem(),
            ca));
    return server;
  }

  private boolean answers(String scheme) {
    try {
      return get(scheme).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private HttpResponse<String> scrape() throws IOException {
    return get("https");
  }

  /// Of one that trusts the cluster's authority and has no certificate of its own.
  private HttpResponse<String> get(String scheme) throws IOException {
    String ca = authority.self().certificatePem();
    try (HttpClient http =
        HttpClient.newBuilder()
            .sslContext(Tls.accepting(CertificateCheck.chainTo(ca)))
            .connectTimeout(Duration.ofMinutes(1))
            .build()) {
      var uri = URI.create("%s://%s:%d/metrics".formatted(scheme, ADDRESS, PORT));
      var request = HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(1)).build();
      return http.send(request, BodyHandlers.ofString());
    } catch (InterruptedException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate shown(HttpResponse<String> answer) throws Exception {
    return (X509Certificate) answer.sslSession().orElseThrow().getPeerCertificates()[0];
  }
}
