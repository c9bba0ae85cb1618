// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Tls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Asks instance managers for `/pg/status`, with the certificate authority of their Cluster.
///
/// The certificate names the `-rw` service, not the pod's address, so the chain is checked and the
/// host name is not: this only reads, and what it reads is shown to a person.
final class InstanceStatus implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofMillis(800);
  private final KubeClient client;
  private final Map<String, HttpClient> byAuthority = new HashMap<>();

  InstanceStatus(KubeClient client) {
    this.client = client;
  }

  /// The status of the pod's server; empty when it can't be had within the deadline.
  Optional<JsonNode> of(ObjectNode cluster, ObjectNode pod) {
    var address = pod.at("/status/podIP").asText("");
    if (address.isEmpty()) {
      return Optional.empty();
    }
    try {
      var http = client(cluster);
      if (http.isEmpty()) {
        return Optional.empty();
      }
      var request =
          HttpRequest.newBuilder(URI.create("https://" + address + ":8000/pg/status"))
              .timeout(DEADLINE)
              .build();
      var answer = http.get().send(request, HttpResponse.BodyHandlers.ofByteArray());
      return answer.statusCode() == 200 ? Optional.of(Json.parse(answer.body())) : Optional.empty();
    } catch (IOException | GeneralSecurityException e) {
      return Optional.empty(); // not reachable is a state to show, not a failure
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private Optional<HttpClient> client(ObjectNode cluster)
      throws GeneralSecurityException, IOException {
    var secret =
        cluster.at("/status/certificates/serverCASecret").asText(Json.name(cluster) + "-ca");
    var ca = client.find(Resource.SECRETS, Json.namespace(cluster), secret);
    if (ca.isEmpty()) {
      return Optional.empty();
    }
    var pem =
        new String(
            Base64.getDecoder().decode(ca.get().at("/data/ca.crt").asText("")),
            StandardCharsets.UTF_8);
    var known = byAuthority.get(pem);
    if (known == null) {
      known = build(pem);
      byAuthority.put(pem, known);
    }
    return Optional.of(known);
  }

  private static HttpClient build(String caPem) throws GeneralSecurityException, IOException {
    return HttpClient.newBuilder()
        .sslContext(Tls.accepting(CertificateCheck.chainTo(caPem)))
        .connectTimeout(DEADLINE)
        .version(HttpClient.Version.HTTP_1_1)
        .build();
  }

  @Override
  public void close() {
    byAuthority.values().forEach(HttpClient::close);
  }
}
