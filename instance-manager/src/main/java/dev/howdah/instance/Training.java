// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

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
import dev.howdah.instance.http.StatusServer;
import dev.howdah.instance.lead.Directory;
import dev.howdah.instance.lead.Peers;
import dev.howdah.instance.run.InstanceRun;
import dev.howdah.instance.tls.ClusterTls;
import dev.howdah.instance.tls.PemFiles;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerFacts;
import dev.howdah.postgres.config.ServerPaths;
import dev.howdah.postgres.config.ServerRole;
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
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/// Does, without a cluster, what an instance manager does at its start and ever after: the build
/// runs it once to learn which classes the AOT cache has to hold.
final class Training {
  private static final char[] PASSWORD = "training".toCharArray();
  private static final String CLUSTER = TrainingApi.CLUSTER;
  private static final int STATUS_PORT = 8000;
  private static final Duration REHEARSAL = Duration.ofSeconds(3);

  private Training() {}

  /// @param keys a PKCS#12 file, made for this run, with an authority and a key whose certificate
  ///   for `training-rw` is of that authority
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
    String certificate = pem("CERTIFICATE", store.getCertificate("training").getEncoded());
    String authority = pem("CERTIFICATE", store.getCertificate("authority").getEncoded());
    String key = pem("PRIVATE KEY", store.getKey("training", PASSWORD).getEncoded());
    return new PemFiles(certificate, key, authority, certificate, key, authority);
  }

  private static String pem(String label, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(content), label);
  }

  /// Starts an instance manager for real, with an API server that knows just enough for it and a
  /// PostgreSQL that only tells its version, asks it as probes and other instances do, and leaves
  /// it.
  private static void rehearse(PemFiles pem)
      throws IOException, GeneralSecurityException, InterruptedException {
    var log = LoggerFactory.getLogger(Training.class);
    decide();
    var tls = new ClusterTls(CLUSTER);
    tls.use(pem);
    var asked = new CountDownLatch(1);
    var api = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (var server =
        StatusServer.start(api, tls, "", () -> "", TrainingApi.endpoints(pem, asked))) {
      PodEnvironment pod = TrainingApi.pod(server.port(), pem, System.getenv());
      Thread.ofPlatform().daemon().name("rehearsal").start(() -> run(pod));
      try (var client =
              new KubeClient(
                  KubeSettings.withToken(
                      URI.create("https://localhost:" + server.port()),
                      pem.serverCa(),
                      "training"));
          var peers =
              new Peers(
                  tls.clientContext(),
                  new Directory(client, TrainingApi.NAMESPACE, System::nanoTime),
                  STATUS_PORT,
                  Duration.ofSeconds(5))) {
        boolean watched = asked.await(20, TimeUnit.SECONDS);
        boolean answered = peers.fetch(CLUSTER + "-1", "/healthz").isPresent();
        peers.send(CLUSTER + "-1", new PeerMessage.PositionRequest(Identity.NOBODY, 1));
        for (String path : List.of("/startupz", "/readyz", "/pg/status")) {
          peers.fetch(CLUSTER + "-1", path);
        }
        Thread.sleep(REHEARSAL);
        log.atInfo()
            .addKeyValue("watched", watched)
            .addKeyValue("answered", answered)
            .log("trained");
      }
    }
  }

  private static void run(PodEnvironment pod) {
    try {
      new InstanceRun(pod).run();
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      LoggerFactory.getLogger(Training.class).atError().setCause(e).log("the rehearsal failed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
}
