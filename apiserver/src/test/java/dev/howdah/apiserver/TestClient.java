// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.Pem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Talks to a server as any HTTP client would.
public final class TestClient implements AutoCloseable {
  /// An answer: code, headers and body.
  public record Answer(int code, HttpResponse<byte[]> raw, JsonNode body) {
    /// A text of the body by a JSON pointer.
    public String at(String pointer) {
      return body.at(pointer).asText();
    }

    /// The `Warning` headers.
    public List<String> warnings() {
      return raw.headers().allValues("warning");
    }
  }

  /// One event of a watch.
  public record Event(String type, JsonNode object) {
    public String name() {
      return object.at("/metadata/name").asText();
    }

    public String version() {
      return object.at("/metadata/resourceVersion").asText();
    }
  }

  /// A watch under way.
  public static final class Events implements AutoCloseable {
    private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>();
    private final java.io.InputStream in;

    Events(java.io.InputStream in) {
      this.in = in;
      Thread.ofVirtual().start(this::read);
    }

    private void read() {
      try (var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
          var tree = JSON.readTree(line);
          queue.add(new Event(tree.path("type").asText(), tree.path("object")));
        }
      } catch (IOException _) {
        // closed
      }
      queue.add(new Event("END", MissingNode.getInstance()));
    }

    /// The next event, waited for up to a minute.
    public Event next() throws InterruptedException {
      var event = queue.poll(60, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("no event within a minute");
      }
      return event;
    }

    /// Whether nothing came so far.
    public boolean quiet() {
      return queue.isEmpty();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  static final ObjectMapper JSON = new ObjectMapper();
  static final YAMLMapper YAML = new YAMLMapper();

  private final URI server;
  private final HttpClient http;
  private final String token;

  private TestClient(URI server, HttpClient http, String token) {
    this.server = server;
    this.http = http;
    this.token = token;
  }

  /// A client with the credentials of a kubeconfig's text.
  public static TestClient of(String kubeconfig) {
    try {
      var tree = YAML.readTree(kubeconfig);
      var cluster = tree.at("/clusters/0/cluster");
      var user = tree.at("/users/0/user");
      var authority = decode(cluster.path("certificate-authority-data"));
      var tls =
          user.has("client-key-data")
              ? tls(
                  authority,
                  CertifiedKey.fromPem(
                      decode(user.path("client-certificate-data")),
                      decode(user.path("client-key-data"))))
              : tls(authority, null);
      return new TestClient(
          URI.create(cluster.path("server").asText()),
          HttpClient.newBuilder().sslContext(tls).version(HttpClient.Version.HTTP_1_1).build(),
          user.path("token").asText(""));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A client of an administrator.
  public static TestClient admin(ApiServer server) {
    return of(server.kubeconfig(User.ADMINISTRATOR, "default"));
  }

  /// The same server without credentials, or with this token.
  public TestClient withToken(ApiServer api, String bearer) {
    try {
      var client = HttpClient.newBuilder().sslContext(tls(api.caPem(), null)).build();
      return new TestClient(server, client, bearer);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String decode(JsonNode base64) {
    return new String(Base64.getDecoder().decode(base64.asText()), StandardCharsets.UTF_8);
  }

  private static SSLContext tls(String authority, CertifiedKey own)
      throws GeneralSecurityException, IOException {
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", Pem.certificates(authority).getFirst());
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    if (own != null) {
      keys.setKeyEntry("me", own.key(), new char[0], new X509Certificate[] {own.certificate()});
    }
    var manager = KeyManagerFactory.getInstance("PKIX");
    manager.init(keys, new char[0]);
    var context = SSLContext.getInstance("TLS");
    context.init(manager.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private HttpRequest.Builder request(String path) {
    var request = HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofSeconds(60));
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  /// Sends any request.
  public Answer send(String method, String path, String contentType, String body) {
    var publisher =
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    var request = request(path).method(method, publisher);
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    return answer(request.build());
  }

  /// GET with another `Accept` header.
  public Answer getAs(String path, String accept) {
    return getWith(path, "Accept", accept);
  }

  /// GET with one more header.
  public Answer getWith(String path, String header, String value) {
    return answer(request(path).header(header, value).build());
  }

  private Answer answer(HttpRequest request) {
    try {
      var response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      var type = response.headers().firstValue("content-type").orElse("");
      var body =
          type.startsWith("application/json")
              ? JSON.readTree(response.body())
              : MissingNode.getInstance();
      return new Answer(response.statusCode(), response, body);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public Answer get(String path) {
    return send("GET", path, "", "");
  }

  /// POST of YAML.
  public Answer post(String path, String yaml) {
    return send("POST", path, "application/json", json(yaml));
  }

  /// PUT of a tree.
  public Answer put(String path, JsonNode body) {
    return send("PUT", path, "application/json", body.toString());
  }

  /// PATCH with a merge patch in YAML.
  public Answer merge(String path, String yaml) {
    return send("PATCH", path, "application/merge-patch+json", json(yaml));
  }

  /// Server-side apply of YAML.
  public Answer apply(String path, String yaml) {
    return send("PATCH", path, "application/apply-patch+yaml", yaml);
  }

  public Answer delete(String path) {
    return send("DELETE", path, "", "");
  }

  /// DELETE with options in YAML.
  public Answer delete(String path, String options) {
    return send("DELETE", path, "application/json", json(options));
  }

  /// Watches over chunked HTTP.
  public Events watch(String path) {
    try {
      var request = HttpRequest.newBuilder(server.resolve(path));
      if (!token.isEmpty()) {
        request.header("Authorization", "Bearer " + token);
      }
      var response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      if (response.statusCode() != 200) {
        throw new AssertionError(
            response.statusCode()
                + " "
                + new String(response.body().readAllBytes(), StandardCharsets.UTF_8));
      }
      return new Events(response.body());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A WebSocket with this client's credentials, to be opened.
  WebSocket.Builder webSocket() {
    var socket = http.newWebSocketBuilder();
    return token.isEmpty() ? socket : socket.header("Authorization", "Bearer " + token);
  }

  URI server() {
    return server;
  }

  /// YAML as JSON.
  static String json(String yaml) {
    try {
      return YAML.readTree(yaml).toString();
    } catch (IOException e) {
      throw new IllegalArgumentException(yaml, e);
    }
  }

  /// YAML as a tree.
  static ObjectNode tree(String yaml) {
    try {
      return (ObjectNode) YAML.readTree(yaml);
    } catch (IOException e) {
      throw new IllegalArgumentException(yaml, e);
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
