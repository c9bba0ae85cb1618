// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// A server that a kubeconfig names. Its certificate is not checked: this is a test on loopback.
final class HttpTarget implements Target {
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient client;
  private final String server;
  private final String token;

  HttpTarget(Path kubeconfig) throws IOException, GeneralSecurityException {
    var config = new JsonMapper(new YAMLFactory()).readTree(kubeconfig.toFile());
    server = config.at("/clusters/0/cluster/server").asText();
    var user = config.at("/users/0/user");
    token = user.path("token").asText();
    var tls = SSLContext.getInstance("TLS");
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(identity(user), new char[0]);
    tls.init(keys.getKeyManagers(), new TrustManager[] {new TrustAll()}, new SecureRandom());
    client = HttpClient.newBuilder().sslContext(tls).build();
  }

  private static @Nullable KeyStore identity(JsonNode user)
      throws IOException, GeneralSecurityException {
    var certificate = pem(user, "client-certificate");
    var key = pem(user, "client-key");
    if (certificate == null || key == null) {
      return null;
    }
    var chain =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(certificate.getBytes()))
            .toArray(Certificate[]::new);
    var der = Base64.getMimeDecoder().decode(key.replaceAll("-----[A-Z ]+-----", "").strip());
    var algorithm = chain[0].getPublicKey().getAlgorithm();
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "client",
        KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der)),
        new char[0],
        chain);
    return store;
  }

  private static @Nullable String pem(JsonNode user, String name) throws IOException {
    if (user.has(name + "-data")) {
      return new String(Base64.getDecoder().decode(user.path(name + "-data").asText()));
    }
    return user.has(name) ? Files.readString(Path.of(user.path(name).asText())) : null;
  }

  /// The answer in another form.
  JsonNode get(String path, String accept) throws IOException {
    return send("GET", path, "", "", accept).body();
  }

  @Override
  public Answer send(String method, String path, String contentType, String body)
      throws IOException {
    return send(method, path, contentType, body, "application/json");
  }

  private Answer send(String method, String path, String contentType, String body, String accept)
      throws IOException {
    var request =
        HttpRequest.newBuilder(URI.create(server + path.replace(" ", "%20")))
            .timeout(Duration.ofSeconds(60))
            .header("Accept", accept)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      var answer = client.send(request.build(), BodyHandlers.ofString());
      return new Answer(
          answer.statusCode(), JSON.readTree(answer.body()), answer.headers().allValues("Warning"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
