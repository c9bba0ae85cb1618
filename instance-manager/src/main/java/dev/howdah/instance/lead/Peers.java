// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.PeerCodec;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.http.Answer;
import dev.howdah.http.Connections;
import dev.howdah.http.Content;
import dev.howdah.http.Patience;
import dev.howdah.http.Toll;
import dev.howdah.instance.http.Reply;
import dev.howdah.kube.InstanceRequest;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends messages to the other instances of the cluster. A message that can't be delivered in time
/// is lost, as in any network.
public final class Peers implements AutoCloseable {
  /// Where instances take messages of each other.
  public static final String PATH = "/howdah/peer";

  private static final String CONTENT_TYPE = "Content-Type";

  private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

  private final Directory directory;
  private final int port;
  private final Patience patience;
  private final SSLContext tls;
  private final Map<String, Peer> peers = new HashMap<>();

  private record Peer(String address, Connections connections) {}

  public Peers(SSLContext tls, Directory directory, int port, Duration deadline) {
    this.tls = tls;
    this.directory = directory;
    this.port = port;
    this.patience = new Patience(deadline, Patience.Covers.ALL);
  }

  private synchronized Connections to(String name, String address) {
    Peer known = peers.get(name);
    if (known != null && known.address.equals(address)) {
      return known.connections;
    }
    if (known != null) {
      known.connections.retire();
    }
    String host = address.contains(":") ? "[" + address + "]" : address;
    var connections =
        new Connections(
            URI.create("https://" + host + ":" + port),
            tls.getSocketFactory(),
            Connections.Repeat.READS,
            Toll.NONE);
    peers.put(name, new Peer(address, connections));
    return connections;
  }

  /// Sends, without waiting for the outcome.
  public void send(String to, PeerMessage message) {
    String address = directory.address(to);
    if (address.isEmpty()) {
      directory.refresh(to);
      return;
    }
    byte[] body = encode(message);
    Thread.ofVirtual().name("peer").start(() -> deliver(to, address, body));
  }

  private void deliver(String to, String address, byte[] body) {
    String error;
    Map<String, String> headers =
        Map.of(InstanceRequest.RECIPIENT, to, CONTENT_TYPE, "application/json");
    try (Answer answer = to(to, address).send("POST", PATH, headers, Content.of(body), patience)) {
      answer.drain();
      if (answer.status() < 300) {
        return;
      }
      error = Integer.toString(answer.status());
    } catch (IOException e) {
      error = String.valueOf(e.getMessage());
    }
    LOG.atDebug()
        .addKeyValue("to", to)
        .addKeyValue("address", address)
        .addKeyValue("error", error)
        .log("message not delivered");
    directory.refresh(to);
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
    Map<String, String> headers = Map.of(InstanceRequest.RECIPIENT, from);
    try (Answer answer = to(from, address).send("GET", pathAndQuery, headers, null, patience)) {
      byte[] body = answer.body().readAllBytes();
      if (answer.status() == Reply.MISDIRECTED) {
        directory.refresh(from);
      }
      return answer.status() == 200 ? Optional.of(body) : Optional.empty();
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("while asking " + from);
      }
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

  /// Other certificates apply from the next request on.
  public synchronized void reconnect() {
    peers.values().forEach(peer -> peer.connections.retire());
    peers.clear();
  }

  @Override
  public synchronized void close() {
    peers.values().forEach(peer -> peer.connections.close());
    peers.clear();
  }
}
