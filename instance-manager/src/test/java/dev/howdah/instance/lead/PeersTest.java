// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.instance.harness.FakeApi;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.http.StatusServer;
import dev.howdah.instance.tls.ClusterTls;
import dev.howdah.instance.tls.PemFiles;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import dev.howdah.testing.Loopback;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/// Pods were made anew, and one has the address now that another had before, as the Cluster's
/// status still says.
class PeersTest {
  private static final int PORT = 8000;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final CertificateAuthority authority =
      CertificateAuthority.create("main", "", Duration.ofDays(1), InstantSource.system());
  private final ClusterTls tls = tls();
  private final String old = Loopback.freeAddress(PORT);
  private final String now = Loopback.freeAddress(PORT);
  private final Queue<String> received = new ConcurrentLinkedQueue<>();

  private ClusterTls tls() {
    CertifiedKey server =
        authority.issue(LeafRequest.server("main-rw", List.of("main-rw"), Duration.ofHours(1)));
    CertifiedKey peer =
        authority.issue(LeafRequest.client("streaming_replica", Duration.ofHours(1)));
    String ca = authority.self().certificatePem();
    var made = new ClusterTls("main");
    try {
      made.use(
          new PemFiles(
              server.certificatePem(),
              server.keyPem(),
              ca,
              peer.certificatePem(),
              peer.keyPem(),
              ca));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return made;
  }

  private StatusServer start(String name, String address) throws Exception {
    var itself = Reply.text(200, name);
    return StatusServer.start(
        new InetSocketAddress(address, PORT),
        tls,
        name,
        () -> "",
        Map.of(
            "/name",
            new Endpoint(Endpoint.Access.PEERS, _ -> itself),
            Peers.PATH,
            new Endpoint(
                Endpoint.Access.PEERS,
                request -> {
                  PeerMessage message = Peers.decode(request.body());
                  received.add(name + " " + message.round());
                  return Reply.ok();
                })));
  }

  @Test
  void whatIsMeantForOneIsNotTakenByAnother() throws Exception {
    CertifiedKey served =
        authority.issue(
            LeafRequest.server("api", List.of("localhost"), Duration.ofHours(1))
                .withIpAddresses(List.of("127.0.0.1")));
    try (var api = new FakeApi(served);
        var _ = start("main-2", old);
        var _ = start("main-1", now);
        var kube =
            new KubeClient(
                KubeSettings.withToken(
                    URI.create("https://127.0.0.1:" + api.port()),
                    authority.self().certificatePem(),
                    "test"))) {
      var pod = Json.object(Resource.PODS, "default", "main-1");
      pod.putObject("status").put("podIP", now);
      api.put(Resource.PODS, pod);
      try (var peers = peers(kube);
          var others = peers(kube)) {
        await().atMost(LONG).until(() -> sent(peers).contains("main-1"));
        assertThat(received).noneMatch(line -> line.startsWith("main-2"));
        await().atMost(LONG).until(() -> asked(others).equals("main-1"));
      }
    }
  }

  /// Of one that knows the old address.
  private Peers peers(KubeClient kube) throws Exception {
    var directory = new Directory(kube, "default", System::nanoTime);
    directory.learn(
        Json.parse(
            """
            {"status": {"instancesReportedState": {"main-1": {"ip": "%s"}}}}
            """
                .formatted(old)));
    return new Peers(tls.clientContext(), directory, PORT, LONG);
  }

  /// A reply tells which one has answered.
  private static String asked(Peers peers) throws InterruptedException {
    return peers
        .fetch("main-1", "/name")
        .map(body -> new String(body, StandardCharsets.UTF_8))
        .orElse("");
  }

  private List<String> sent(Peers peers) {
    peers.send("main-1", new PositionRequest(Identity.NOBODY, 1));
    return received.stream().map(line -> line.split(" ")[0]).toList();
  }
}
