// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.Kept;
import dev.howdah.core.leadership.Leadership;
import dev.howdah.core.leadership.LeaseAnswer;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.cluster.ClusterFields;
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
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerFacts;
import dev.howdah.postgres.config.ServerPaths;
import dev.howdah.postgres.config.ServerRole;
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
import java.util.List;
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
  /// @param classes a file with names of further classes, those that a start needs and this doesn't
  static int run(Path keys, Path classes) throws IOException, InterruptedException {
    load(Files.readAllLines(classes));
    try {
      rehearse(pem(keys));
      return 0;
    } catch (GeneralSecurityException e) {
      throw new IOException("the keys for training don't work", e);
    }
  }

  /// A name that is no class any more only makes the next start longer.
  private static void load(List<String> classes) {
    int gone = 0;
    for (String name : classes) {
      try {
        Class.forName(name, false, Training.class.getClassLoader());
      } catch (ClassNotFoundException e) {
        gone++;
      }
    }
    LoggerFactory.getLogger(Training.class).atInfo().addKeyValue("gone", gone).log("loaded");
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
    decide();
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
      var store = new LeaseStore(client, NAMESPACE, CLUSTER, InstantSource.system(), (_, _) -> {});
      if (store.read() instanceof LeaseAnswer.Found(var record, var version)) {
        log.atInfo().addKeyValue("outcome", store.write(version, record)).log("wrote");
      }
      peers.send("nobody", new PeerMessage.PositionRequest(Identity.NOBODY, 1));
      new Guard(
              new ByteArrayInputStream(
                  "pong 1\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
              new ByteArrayOutputStream(),
              new BootClock(),
              0,
              reason -> {},
              reason -> log.atInfo().addKeyValue("reason", reason).log("guard lost"))
          .permit(0, false);
      boolean done = answered.await(5, TimeUnit.SECONDS);
      log.atInfo().addKeyValue("all", done).log("trained");
    }
  }

  /// The pure parts: the configuration and the first steps of the leadership protocol.
  private static void decide() throws IOException {
    var cluster =
        Json.parse(
            """
            {"metadata": {"name": "training", "namespace": "training"},
             "spec": {"instances": 3, "postgresql": {"parameters": {"work_mem": "8MB"},
               "synchronous": {"method": "any", "number": 1}}},
             "status": {"targetPrimary": "training-1", "instanceNames": ["training-1"]}}\
            """);
    var paths = new ServerPaths("");
    var facts = ServerFacts.of("training-1", ServerRole.PRIMARY, paths, "*", "postgres");
    int size =
        ServerConfiguration.of(ClusterSettings.fromJson(cluster), 15, facts).customConf().length();
    var fields = new ClusterFields(cluster);
    var self = new Identity("training-1", "volume", "uid/nonce", "boot");
    var state =
        Leadership.initial(
            self,
            fields.leadership(),
            Durable.NEW,
            PostgresStatus.down(
                PostgresStatus.Data.PRIMARY, WalPosition.of(1, 1), PostgresStatus.Exit.CLEAN),
            Kept.NONE,
            0,
            1);
    int effects = 0;
    for (Event event :
        List.of(
            new Event.ClusterRead(fields.view(false)),
            new Event.LeaseRead(1, new LeaseAnswer.Found(LeaseRecord.FRESH, "1")),
            new Event.Tick())) {
      var step = Leadership.step(state, 1_000_000, event);
      state = step.state();
      effects += step.effects().size();
    }
    LoggerFactory.getLogger(Training.class)
        .atDebug()
        .addKeyValue("size", size)
        .addKeyValue("effects", effects)
        .log("decided");
  }

  private static String leasePath() {
    return collectionPath() + "/" + CLUSTER;
  }

  private static String collectionPath() {
    return "/apis/coordination.k8s.io/v1/namespaces/" + NAMESPACE + "/leases";
  }
}
