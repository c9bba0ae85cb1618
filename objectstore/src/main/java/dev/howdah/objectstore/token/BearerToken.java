// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.token.Renewed.Lent;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;

/// An OAuth 2 access token that is [Renewed].
public final class BearerToken {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String AZURE_SCOPE = "https://storage.azure.com/";

  private final Renewed<String> token;

  private interface Source {
    Lent<String> fetch() throws IOException, GeneralSecurityException;
  }

  private BearerToken(Source source, String remedy) {
    this.token = new Renewed<>(() -> fetch(source, remedy), InstantSource.system());
  }

  private static Lent<String> fetch(Source source, String remedy) {
    try {
      return source.fetch();
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new StoreException(
          Kind.DENIED, "no access token: " + e.getMessage() + "; " + remedy, e);
    }
  }

  /// Of a Google service account, by its JSON key (RFC 7523).
  public static BearerToken ofGoogleKey(String json) {
    return new BearerToken(
        () -> google(JSON.readTree(json)),
        "check the service account's key in googleCredentials.applicationCredentials");
  }

  /// Of the pod's or machine's Google identity, by the metadata server.
  public static BearerToken ofGoogleMetadata(Map<String, String> environment) {
    var host = environment.getOrDefault("GCE_METADATA_HOST", "metadata.google.internal");
    return new BearerToken(
        () ->
            token(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://"
                                + host
                                + "/computeMetadata/v1/instance/service-accounts/default/token"))
                    .header("Metadata-Flavor", "Google")),
        "give googleCredentials.applicationCredentials, or bind an identity to the service account");
  }

  /// Of Azure: the workload identity of the pod where there is one, else the managed identity of
  /// the machine.
  public static BearerToken ofAzure(Map<String, String> environment) {
    return new BearerToken(
        () ->
            environment.containsKey("AZURE_FEDERATED_TOKEN_FILE")
                ? azureWorkload(environment)
                : azureManaged(environment),
        "give azureCredentials with a key, or bind an identity to the pod");
  }

  /// The token as it is now.
  public String get() {
    return token.get();
  }

  private static Lent<String> google(JsonNode key) throws IOException, GeneralSecurityException {
    var uri = key.path("token_uri").asText("https://oauth2.googleapis.com/token");
    long now = Instant.now().getEpochSecond();
    var claims = JSON.createObjectNode();
    claims.put("iss", key.path("client_email").asText()).put("aud", uri);
    claims.put("scope", "https://www.googleapis.com/auth/devstorage.read_write");
    claims.put("iat", now).put("exp", now + 3600);
    var encoder = Base64.getUrlEncoder().withoutPadding();
    var unsigned =
        encoder.encodeToString(
                "{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8))
            + "."
            + encoder.encodeToString(JSON.writeValueAsBytes(claims));
    var pem = key.path("private_key").asText().replaceAll("-----[A-Z ]+-----|\\s", "");
    var signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(
        KeyFactory.getInstance("RSA")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
    signature.update(unsigned.getBytes(StandardCharsets.US_ASCII));
    return token(
        form(
            uri,
            Map.of(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion",
                unsigned + "." + encoder.encodeToString(signature.sign()))));
  }

  private static Lent<String> azureWorkload(Map<String, String> environment) throws IOException {
    var authority =
        environment
            .getOrDefault("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/")
            .replaceAll("/+$", "");
    var assertion =
        Files.readString(Path.of(environment.getOrDefault("AZURE_FEDERATED_TOKEN_FILE", "")));
    return token(
        form(
            "%s/%s/oauth2/v2.0/token"
                .formatted(authority, environment.getOrDefault("AZURE_TENANT_ID", "")),
            Map.of(
                "grant_type",
                "client_credentials",
                "client_id",
                environment.getOrDefault("AZURE_CLIENT_ID", ""),
                "scope",
                AZURE_SCOPE + ".default",
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion",
                assertion.strip())));
  }

  private static Lent<String> azureManaged(Map<String, String> environment) throws IOException {
    var host =
        environment.getOrDefault("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.169.254");
    var client = environment.getOrDefault("AZURE_CLIENT_ID", "");
    return token(
        HttpRequest.newBuilder(
                URI.create(
                    host
                        + "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
                        + encode(AZURE_SCOPE)
                        + (client.isEmpty() ? "" : "&client_id=" + encode(client))))
            .header("Metadata", "true"));
  }

  private static HttpRequest.Builder form(String uri, Map<String, String> fields) {
    var body =
        fields.entrySet().stream()
            .map(f -> encode(f.getKey()) + "=" + encode(f.getValue()))
            .collect(Collectors.joining("&"));
    return HttpRequest.newBuilder(URI.create(uri))
        .header("content-type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(body));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static Lent<String> token(HttpRequest.Builder request) throws IOException {
    try (var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
      var answer =
          client.send(request.timeout(Duration.ofSeconds(15)).build(), BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException(
            "%s answered %d".formatted(answer.request().uri().getHost(), answer.statusCode()));
      }
      var json = JSON.readTree(answer.body());
      return new Lent<>(
          json.path("access_token").asText(),
          Instant.now().plusSeconds(json.path("expires_in").asLong(3600)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
