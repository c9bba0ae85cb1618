// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseAnswer;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.guard.Guard;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.http.StatusServer;
import dev.howdah.instance.lead.Directory;
import dev.howdah.instance.lead.LeaseStore;
import dev.howdah.instance.lead.Peers;
import dev.howdah.instance.tls.ClusterTls;
import dev.howdah.instance.tls.PemFiles;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/// Does, without a cluster, what an instance manager does at its start and ever after: the build
/// runs it once to learn which classes the AOT cache has to hold.
final class Training {
  private static final char[] PASSWORD = "training".toCharArray();
  private static final String NAMESPACE = "training";
  private static final String CLUSTER = "training";

  private Training() {}

  /// @param keys a PKCS#12 file with a key and its certificate for `training-rw`, made for this run
  static int run(Path keys) throws IOException, InterruptedException {
    try {
      rehearse(pem(keys));
      return 0;
    } catch (GeneralSecurityException e) {
      throw new IOException("the keys for training don't work", e);
    }
  }

  private static PemFiles pem(Path keys) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD);
    }
    String alias = store.aliases().nextElement();
    String certificate = pem("CERTIFICATE", store.getCertificate(alias).getEncoded());
    String key = pem("PRIVATE KEY", store.getKey(alias, PASSWORD).getEncoded());
    return new PemFiles(certificate, key, certificate, certificate, key, certificate);
  }

  private static String pem(String label, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(content), label);
  }

  private static void rehearse(PemFiles pem)
      throws IOException, GeneralSecurityException, InterruptedException {
    var log = LoggerFactory.getLogger(Training.class);
    var tls = new ClusterTls(CLUSTER);
    tls.use(pem);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var answered = new CountDownLatch(3);
    ObjectNode lease = Json.object(Resource.LEASES, NAMESPACE, CLUSTER);
    ((ObjectNode) lease.path("metadata")).put("resourceVersion", "1");
    ObjectNode watchEvent = Json.object().put("type", "MODIFIED");
    watchEvent.set("object", lease);
    Map<String, Endpoint> endpoints =
        Map.of(
            leasePath(),
            Endpoint.open(_ -> Reply.json(lease)),
            collectionPath(),
            Endpoint.open(_ -> Reply.json(watchEvent)),
            Peers.PATH,
            Endpoint.open(request -> {
              Peers.decode(request.body());
              answered.countDown();
              return Reply.ok();
            }));
    try (var server = StatusServer.start(address, tls, () -> "", endpoints);
        var client =
            new KubeClient(
                KubeSettings.withToken(
                    URI.create("https://localhost:" + server.port()), pem.serverCa(), "training"));
        var peers =
            new Peers(
                tls.clientContext(),
                new Directory(client, NAMESPACE, System::nanoTime),
                server.port(),
                Duration.ofSeconds(5));
        var _ = client.watchOne(Resource.LEASES, NAMESPACE, CLUSTER, _ -> answered.countDown())) {
      var store = new LeaseStore(client, NAMESPACE, CLUSTER, InstantSource.system());
      if (store.read() instanceof LeaseAnswer.Found(var record, var version)) {
        log.atInfo().addKeyValue("outcome", store.write(version, record)).log("wrote");
      }
      peers.send(
          "nobody", new PeerMessage.PositionRequest(dev.howdah.core.leadership.Identity.NOBODY, 1));
      new Guard(
              new ByteArrayInputStream(
                  "pong 1\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
              new ByteArrayOutputStream(),
              new BootClock(),
              reason -> {},
              reason -> log.atInfo().addKeyValue("reason", reason).log("guard lost"))
          .permit(0);
      boolean done = answered.await(5, TimeUnit.SECONDS);
      log.atInfo().addKeyValue("all", done).log("trained");
    }
  }

  private static String leasePath() {
    return collectionPath() + "/" + CLUSTER;
  }

  private static String collectionPath() {
    return "/apis/coordination.k8s.io/v1/namespaces/" + NAMESPACE + "/leases";
  }
}
