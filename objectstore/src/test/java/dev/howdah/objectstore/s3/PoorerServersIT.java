// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.PutOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Servers that know less than Amazon's: a real one, behind a relay that takes things away from it.
/// Nothing is overwritten, whatever a server makes of `If-None-Match`.
class PoorerServersIT {
  private static final String HEADER = "If-None-Match";
  private static final Set<String> HOP_BY_HOP =
      Set.of("host", "connection", "content-length", "transfer-encoding", "authorization");
  private static final PutOptions IF_ABSENT = PutOptions.PLAIN.onlyIfAbsent();

  private enum Kind {
    KNOWS,
    IGNORES,
    REFUSES
  }

  @TempDir private Path folder;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private S3Proxy server;
  private HttpServer relay;
  private Kind kind = Kind.KNOWS;

  @BeforeEach
  void serve() throws Exception {
    Files.createDirectories(folder.resolve("bucket"));
    var settings = new Properties();
    settings.setProperty("jclouds.filesystem.basedir", folder.toString());
    server =
        S3Proxy.builder()
            .blobStore(BlobStores.create("filesystem-nio2", settings))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.NONE, "", "")
            .build();
    server.start();
    relay = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    relay.createContext("/", this::pass);
    relay.start();
  }

  @AfterEach
  void stop() throws Exception {
    relay.stop(0);
    client.close();
    server.stop();
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      var method = exchange.getRequestMethod();
      var headers = exchange.getRequestHeaders();
      boolean conditional = headers.containsKey(HEADER);
      var bytes = exchange.getRequestBody().readAllBytes();
      seen.add(method + (conditional ? " if absent" : ""));
      boolean bulk = method.equals("POST") && "delete=".equals(exchange.getRequestURI().getQuery());
      if ((conditional || bulk) && kind == Kind.REFUSES) {
        var text = "<Error><Code>NotImplemented</Code></Error>".getBytes(UTF_8);
        exchange.sendResponseHeaders(501, text.length);
        exchange.getResponseBody().write(text);
        return;
      }
      var uri = "http://127.0.0.1:" + server.getPort() + exchange.getRequestURI();
      var request =
          HttpRequest.newBuilder(URI.create(uri))
              .method(method, HttpRequest.BodyPublishers.ofByteArray(bytes));
      headers.forEach((name, values) -> {
        boolean dropped = kind == Kind.IGNORES && name.equalsIgnoreCase(HEADER);
        if (!dropped && !HOP_BY_HOP.contains(name.toLowerCase(java.util.Locale.ROOT))) {
          values.forEach(value -> request.header(name, value));
        }
      });
      answer(exchange, client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, HttpResponse<byte[]> answer)
      throws IOException {
    boolean head = exchange.getRequestMethod().equals("HEAD");
    answer
        .headers()
        .map()
        .forEach((name, values) -> {
          if (head && name.equalsIgnoreCase("content-length")
              || !HOP_BY_HOP.contains(name.toLowerCase(java.util.Locale.ROOT))) {
            exchange.getResponseHeaders().put(name, values);
          }
        });
    boolean empty = head || answer.body().length == 0;
    exchange.sendResponseHeaders(answer.statusCode(), empty ? -1 : answer.body().length);
    if (!empty) {
      exchange.getResponseBody().write(answer.body());
    }
  }

  private S3Store store() {
    var endpoint = URI.create("http://127.0.0.1:" + relay.getAddress().getPort());
    var settings = S3Settings.of(endpoint, "", "bucket", "");
    return new S3Store(settings, () -> new Credentials("any", "any", null));
  }

  private static Body body(String text) {
    return Body.of(text.getBytes(UTF_8));
  }

  private static String read(S3Store store, String key) throws IOException {
    try (var in = store.get(key, 0)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /// The first, the second and the third write of a store each decide differently.
  private void overwritesNothing() throws IOException {
    try (var first = store();
        var second = store()) {
      assertThat(first.put("a", body("first's"), IF_ABSENT)).isTrue();
      assertThat(first.put("a", body("another"), IF_ABSENT)).isFalse();
      assertThat(second.put("a", body("second's"), IF_ABSENT)).isFalse();
      assertThat(second.put("b", body("second's"), IF_ABSENT)).isTrue();
      assertThat(first.put("b", body("another"), IF_ABSENT)).isFalse();
      assertThat(second.put("b", body("another"), IF_ABSENT)).isFalse();
      assertThat(first.put("c", body("first's"), IF_ABSENT)).isTrue();

      assertThat(read(first, "a")).isEqualTo("first's");
      assertThat(read(first, "b")).isEqualTo("second's");
      assertThat(read(first, "c")).isEqualTo("first's");
      assertThat(first.put("c", body("now"), PutOptions.PLAIN)).isTrue();
      assertThat(read(first, "c")).isEqualTo("now");
    }
  }

  @Test
  void aServerThatKnowsTheHeaderIsAskedOnceWhetherItDoes() throws Exception {
    overwritesNothing();
    try (var store = store()) {
      assertThat(store.put("d", body("once"), IF_ABSENT)).isTrue();
      seen.clear();
      assertThat(store.put("e", body("once"), IF_ABSENT)).isTrue();
      assertThat(store.put("e", body("twice"), IF_ABSENT)).isFalse();
    }

    assertThat(seen).containsExactly("PUT if absent", "PUT if absent");
  }

  @Test
  void aServerThatIgnoresTheHeaderOverwritesNothing() throws Exception {
    kind = Kind.IGNORES;

    overwritesNothing();
  }

  @Test
  void aServerThatRefusesTheHeaderTakesEachObjectOnce() throws Exception {
    kind = Kind.REFUSES;

    overwritesNothing();
  }

  @Test
  void aServerThatDeletesNothingInBulkIsAskedForOneAfterTheOther() throws Exception {
    kind = Kind.REFUSES;
    try (var store = store()) {
      for (var key : List.of("a/1", "a/2", "b")) {
        store.put(key, body("x"), PutOptions.PLAIN);
      }

      store.delete(List.of("a/1", "a/2", "not there"));
      var left = new ArrayList<String>();
      store.list("", info -> left.add(info.key()));

      assertThat(left).containsExactly("b");
      seen.clear();
      store.delete(List.of("b"));
      assertThat(seen).containsExactly("DELETE");
    }
  }
}
