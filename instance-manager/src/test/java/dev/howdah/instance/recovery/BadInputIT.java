// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.instance.Arguments;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.ArchiveCommand;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.instance.harness.FakeApi;
import dev.howdah.instance.harness.S3Server;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.LeafRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever is wrong in what a recovery is asked for: it says which field or Secret that is and
/// what to do, before any data is touched. Against a real S3 server.
class BadInputIT {
  private static final String NAMESPACE = "database";
  private static final Duration YEAR = Duration.ofDays(365);
  private static final CertificateAuthority AUTHORITY = authority("right");
  @TempDir private static Path folder;
  private static S3Server s3;
  private static FakeApi api;
  private static KubeClient kube;

  private static CertificateAuthority authority(String name) {
    return CertificateAuthority.create(name, NAMESPACE, YEAR, InstantSource.system());
  }

  @BeforeAll
  static void serve() throws Exception {
    s3 = new S3Server(Files.createDirectories(folder.resolve("s3")));
    api =
        new FakeApi(
            AUTHORITY.issue(
                LeafRequest.server("api", List.of("localhost"), YEAR)
                    .withIpAddresses(List.of("127.0.0.1"))));
    kube =
        new KubeClient(
            KubeSettings.withToken(
                URI.create("https://127.0.0.1:" + api.port()), AUTHORITY.certificatePem(), "t"));
    secret("s3", Map.of("id", S3Server.KEY_ID, "key", S3Server.KEY));
    secret("other", Map.of("id", S3Server.KEY_ID, "key", "wrong"));
    secret("ca", Map.of("ca.crt", authority("wrong").certificatePem()));
    backup("main", "20261101T000000", "2026-11-01 00:10:00+00:00", "000000010000000000000003");
    backup("lost", "20261101T000000", "2026-11-01 00:10:00+00:00", "000000010000000000000003");
    try (var store = s3.store("here")) {
      for (var segment : List.of("000000010000000000000003", "000000020000000000000004")) {
        store.put(
            "lost/wals/" + segment.substring(0, 16) + "/" + segment,
            Body.of("wal".getBytes(StandardCharsets.UTF_8)),
            PutOptions.PLAIN);
      }
    }
  }

  @AfterAll
  static void stop() throws Exception {
    kube.close();
    api.close();
    s3.close();
  }

  private static void secret(String name, Map<String, String> values) {
    ObjectNode secret = Json.object(Resource.SECRETS, NAMESPACE, name);
    ObjectNode data = secret.putObject("data");
    values.forEach((key, value) ->
        data.put(key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    api.put(Resource.SECRETS, secret);
  }

  /// A complete base backup, of whose WAL nothing was archived.
  private static void backup(String server, String id, String end, String wal) {
    var info =
        new BackupInfo(
            id,
            Map.of(
                "status",
                "DONE",
                "begin_time",
                end,
                "end_time",
                end,
                "begin_wal",
                wal,
                "end_xlog",
                "0/3000100",
                "timeline",
                "1"));
    try (var store = s3.store("here")) {
      store.put(
          server + "/base/" + id + "/backup.info",
          Body.of(info.text().getBytes(StandardCharsets.UTF_8)),
          PutOptions.PLAIN);
    }
  }

  /// The message for a store that is right but for one change, and a target.
  private static String told(String from, String to, String target) throws Exception {
    String right = s3.barman("main");
    assertThat(right).contains(from);
    StoreSpec spec =
        StoreSpec.of(Json.parse(right.replace(from, to)), "main", "spec.externalClusters[main]");
    var environment = new HashMap<String, String>();
    environment.putAll(Map.of("POD_NAME", "c-1", "NAMESPACE", NAMESPACE, "CLUSTER_NAME", "c"));
    environment.put("HOWDAH_ROOT", folder.toString());
    Files.createDirectories(folder.resolve("controller"));
    var job =
        new RestoreJob(PodEnvironment.of(environment), Arguments.parse("instance", "restore"));
    try (var stores = new Stores(kube, NAMESPACE)) {
      var parsed = RecoveryTarget.fromJson(Json.parse(target));
      job.choose(
              stores.open(spec),
              new Origin(spec, Json.parse(target).path("backupID").asText("")),
              parsed)
          .reached();
      return "it was accepted";
    } catch (StoreException e) {
      return ArchiveCommand.advice(e);
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String told(String from, String to) throws Exception {
    return told(from, to, "{}");
  }

  @Test
  void aBucketThatIsNotThere() throws Exception {
    assertThat(told("s3://backups/here", "s3://nowhere/here"))
        .contains("nowhere", "create the bucket, or correct destinationPath");
    assertThat(told("s3://backups/here", ""))
        .contains("spec.externalClusters[main]", "destinationPath is empty; write it as s3://");
  }

  @Test
  void aFolderInWhichNothingIs() throws Exception {
    assertThat(told("\"serverName\": \"main\"", "\"serverName\": \"mian\""))
        .contains("s3://backups/here/mian has no complete base backup", "check serverName");
  }

  @Test
  void anEndpointThatIsNoneOrDoesntAnswer() throws Exception {
    String endpoint = s3.endpoint().toString();
    assertThat(told(endpoint, "s3.example.com:9000"))
        .contains("endpointURL \"s3.example.com:9000\" is no address", "https://host[:port]");
    assertThat(told(endpoint, "http://127.0.0.1:1"))
        .contains("127.0.0.1:1", "check endpointURL, endpointCA and the network");
  }

  @Test
  void aKeyThatIsWrong() throws Exception {
    assertThat(
            told("{\"name\": \"s3\", \"key\": \"key\"}", "{\"name\": \"other\", \"key\": \"key\"}"))
        .contains("check the keys in the Secret of s3Credentials");
  }

  @Test
  void aSecretThatIsNotThereOrLacksTheKey() throws Exception {
    assertThat(
            told("{\"name\": \"s3\", \"key\": \"key\"}", "{\"name\": \"gone\", \"key\": \"key\"}"))
        .contains("spec.externalClusters[main]", "a Secret can't be read", "gone");
    assertThat(told("{\"name\": \"s3\", \"key\": \"key\"}", "{\"name\": \"s3\", \"key\": \"kye\"}"))
        .contains("Secret s3 has no key \"kye\"; add it");
  }

  @Test
  void anAuthorityThatHasNotSignedTheServersCertificate() throws Exception {
    String tls = "https://127.0.0.1:" + api.port();
    String endpoint = "\"endpointURL\": \"" + s3.endpoint() + "\"";
    String wrong =
        "\"endpointCA\": {\"name\": \"ca\", \"key\": \"ca.crt\"}, \"endpointURL\": \"" + tls + "\"";

    assertThat(told(endpoint, wrong))
        .contains("has a certificate that isn't trusted", "check endpointURL and endpointCA");
    assertThat(told(endpoint, "\"endpointURL\": \"" + tls + "\""))
        .contains("check endpointURL and endpointCA");
    assertThat(told(endpoint, wrong.replace("ca.crt", "none")))
        .contains("Secret ca has no key \"none\"");
  }

  @Test
  void aTargetThatNoBackupReaches() throws Exception {
    assertThat(told("main", "main", "{\"targetTime\": \"2026-10-31T00:00:00Z\"}"))
        .contains("targetTime 2026-10-31T00:00:00Z lies before the end of the oldest backup")
        .contains("20261101T000000", "choose a later target");
    assertThat(told("main", "main", "{\"targetLSN\": \"0/1000000\"}"))
        .contains("targetLSN 0/1000000 lies before the end of the oldest backup");
    assertThat(told("main", "main", "{\"backupID\": \"20250101T000000\"}"))
        .contains("there is no backup 20250101T000000; there are 20261101T000000");
    assertThat(told("main", "main", "{\"targetTLI\": \"7\"}"))
        .contains("recoveryTarget.targetTLI is 7, but the archive has no 00000007.history");
  }

  @Test
  void aTargetThatIsNone() throws Exception {
    assertThat(told("main", "main", "{\"targetTime\": \"yesterday\"}"))
        .contains("targetTime", "yesterday");
    assertThat(told("main", "main", "{\"targetLSN\": \"12\"}")).contains("targetLSN", "12");
    assertThat(told("main", "main", "{\"targetXID\": \"x\"}")).contains("targetXID", "x");
    assertThat(told("main", "main", "{\"targetTLI\": \"next\"}")).contains("targetTLI", "latest");
  }

  @Test
  void aBackupWhoseWalIsNotThere() throws Exception {
    assertThat(told("main", "main"))
        .contains(
            "its first WAL file, 000000010000000000000003, is not in", "choose another backup");
  }

  @Test
  void aTimelineWhoseHistoryIsNotThere() throws Exception {
    String lost = "\"serverName\": \"lost\"";
    assertThat(told("\"serverName\": \"main\"", lost))
        .contains("00000002.history is missing in s3://backups/here/lost/wals")
        .contains("recoveryTarget.targetTLI (the base backup's is 1)");
    assertThat(told("\"serverName\": \"main\"", lost, "{\"targetTLI\": \"1\"}"))
        .isEqualTo("it was accepted");
  }

  @Test
  void aBackupObjectThatIsNoneOrNotOver() throws Exception {
    ObjectNode running = Json.object(Resource.BACKUPS, NAMESPACE, "running");
    running.putObject("status").put("phase", "running");
    api.put(Resource.BACKUPS, running);
    ObjectNode snapshot = Json.object(Resource.BACKUPS, NAMESPACE, "snapshot");
    snapshot.putObject("status").put("phase", "completed");
    api.put(Resource.BACKUPS, snapshot);

    assertThat(ofBackup("gone")).contains("recovery.backup", "Backup gone can't be read");
    assertThat(ofBackup("running"))
        .contains("Backup running is running, not completed; name another");
    assertThat(ofBackup("snapshot")).contains("is in no object store; use recovery.source");
  }

  private static String ofBackup(String name) throws Exception {
    ObjectNode cluster = Json.object(Resource.CLUSTERS, NAMESPACE, "c");
    cluster.withObject("/spec/bootstrap/recovery/backup").put("name", name);
    try (var stores = new Stores(kube, NAMESPACE)) {
      Origin.of(cluster, kube, NAMESPACE, stores);
      return "it was accepted";
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
