// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.InstanceRequest;
import dev.howdah.kube.Json;
import dev.howdah.operator.cluster.observed.InstanceReport;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/// Asks one instance manager.
final class StatusClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(1);
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /// A part of a program, over a slow network; at its end all of it is checked.
  private static final Duration DELIVERY = Duration.ofSeconds(30);

  private final InstanceTrust trust = new InstanceTrust();
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("status-http-", 0).factory());
  private final HttpClient http;

  /// @param key by which instances know whom they may obey
  StatusClient(OperatorKey key) {
    try {
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(
          key.managers(),
          new TrustManager[] {CertificateCheck.ofServers(trust)},
          new SecureRandom());
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT)
              .sslContext(tls)
              .executor(executor)
              .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  /// Never throws but when interrupted: no answer is an answer too.
  InstanceReport ask(Address address) throws InterruptedException {
    trust.expect(address);
    var request = request(address, "/pg/status").timeout(ANSWER).GET().build();
    try {
      HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return answer.statusCode() == 200
          ? InstanceReport.of(Json.parse(answer.body()))
          : InstanceReport.unreachable("/pg/status answered with HTTP " + answer.statusCode());
    } catch (IOException e) {
      return InstanceReport.unreachable(
          e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
  }

  /// Sends something to an instance.
  HttpResponse<byte[]> send(Address address, String method, String path, byte[] body)
      throws IOException, InterruptedException {
    trust.expect(address);
    var request =
        request(address, path)
            .timeout(DELIVERY)
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  private static HttpRequest.Builder request(Address address, String path) {
    return HttpRequest.newBuilder(uri(address, path))
        .header(InstanceRequest.RECIPIENT, address.instance());
  }

  private static URI uri(Address address, String path) {
    String host = address.host().indexOf(':') < 0 ? address.host() : "[" + address.host() + "]";
    return URI.create("https://" + host + ":" + address.port() + path);
  }

  void forget(Address address) {
    trust.forget(address.host());
  }

  @Override
  public void close() {
    http.shutdownNow();
    executor.shutdownNow();
  }
}
