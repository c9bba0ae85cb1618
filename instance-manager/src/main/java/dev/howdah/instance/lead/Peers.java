// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.PeerCodec;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends messages to the other instances of the cluster. A message that can't be delivered in time
/// is lost, as in any network.
public final class Peers implements AutoCloseable {
  /// Where instances take messages of each other.
  public static final String PATH = "/howdah/peer";

  private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

  private final Directory directory;
  private final int port;
  private final Duration deadline;
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("peers-", 0).factory());
  private final SSLContext tls;
  private volatile HttpClient http;

  public Peers(SSLContext tls, Directory directory, int port, Duration deadline) {
    this.tls = tls;
    this.directory = directory;
    this.port = port;
    this.deadline = deadline;
    this.http = connect();
  }

  private HttpClient connect() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .sslContext(tls)
        .executor(executor)
        .connectTimeout(deadline)
        .build();
  }

  /// Sends, without waiting for the outcome.
  public void send(String to, PeerMessage message) {
    String address = directory.address(to);
    if (address.isEmpty()) {
      directory.refresh(to);
      return;
    }
    HttpRequest request =
        HttpRequest.newBuilder(uri(address, PATH))
            .timeout(deadline)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(encode(message)))
            .build();
    http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .whenComplete((response, failure) -> {
          if (failure != null || response.statusCode() >= 300) {
            LOG.atDebug()
                .addKeyValue("to", to)
                .addKeyValue("address", address)
                .addKeyValue(
                    "error", failure == null ? response.statusCode() : failure.getMessage())
                .log("message not delivered");
            directory.refresh(to);
          }
        });
  }

  private URI uri(String address, String path) {
    String host = address.contains(":") ? "[" + address + "]" : address;
    return URI.create("https://" + host + ":" + port + path);
  }

  /// Asks an instance for something small; empty if it doesn't answer with it.
  public Optional<byte[]> fetch(String from, String pathAndQuery) throws InterruptedException {
    String address = directory.address(from);
    if (address.isEmpty()) {
      address = directory.lookUp(from);
    }
    if (address.isEmpty()) {
      return Optional.empty();
    }
    HttpRequest request =
        HttpRequest.newBuilder(uri(address, pathAndQuery)).timeout(deadline).GET().build();
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return response.statusCode() == 200 ? Optional.of(response.body()) : Optional.empty();
    } catch (IOException e) {
      directory.refresh(from);
      return Optional.empty();
    }
  }

  static byte[] encode(PeerMessage message) {
    ObjectNode body = Json.object();
    PeerCodec.encode(message).forEach(body::put);
    return Json.bytes(body);
  }

  /// Reads what came in a request.
  ///
  /// @throws IOException if it is not a message
  public static PeerMessage decode(byte[] body) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    Json.parse(body)
        .properties()
        .forEach(entry -> fields.put(entry.getKey(), entry.getValue().asText()));
    try {
      return PeerCodec.decode(fields);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /// Other certificates apply from the next connection on.
  public void reconnect() {
    HttpClient old = http;
    http = connect();
    old.shutdown();
  }

  @Override
  public void close() {
    http.shutdownNow();
    executor.shutdownNow();
  }
}
