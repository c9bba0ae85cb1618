// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.harness.FakeApi;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.LeafRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a Cluster whose keys were changed or forgotten writes to its store, and says.
class EncryptionTest {
  private static final String NAMESPACE = "ns";
  private static final String POINT = "2026-11-01T00:10:00Z";
  private static FakeApi api;
  private static KubeClient kube;

  @TempDir private Path folder;

  @BeforeAll
  static void serve() throws Exception {
    var authority =
        CertificateAuthority.create(
            "test", NAMESPACE, Duration.ofDays(365), InstantSource.system());
    api =
        new FakeApi(
            authority.issue(
                LeafRequest.server("api", List.of("localhost"), Duration.ofDays(365))
                    .withIpAddresses(List.of("127.0.0.1"))));
    kube =
        new KubeClient(
            KubeSettings.withToken(
                URI.create("https://127.0.0.1:" + api.port()), authority.certificatePem(), "t"));
  }

  @AfterAll
  static void stop() {
    kube.close();
    api.close();
  }

  @BeforeEach
  void cluster() {
    ObjectNode cluster = Json.object(Resource.CLUSTERS, NAMESPACE, "c");
    cluster.withObject("/spec/backup/barmanObjectStore").put("destinationPath", "file://" + folder);
    cluster
        .withObject("/status")
        .put("firstRecoverabilityPoint", POINT)
        .withObject("/firstRecoverabilityPointByMethod")
        .put("barmanObjectStore", POINT);
    api.put(Resource.CLUSTERS, cluster);
    key(1);
    annotate("backup-keys/2026");
  }

  private static void key(int content) {
    var bytes = new byte[32];
    Arrays.fill(bytes, (byte) content);
    String text = Base64.getEncoder().encodeToString(bytes);
    ObjectNode secret = Json.object(Resource.SECRETS, NAMESPACE, "backup-keys");
    secret
        .putObject("data")
        .put("2026", Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII)));
    api.put(Resource.SECRETS, secret);
  }

  private static void annotate(String value) {
    ObjectNode patch = Json.object();
    patch.withObject("/metadata/annotations").put(StoreSpec.ENCRYPTION, value);
    api.merge(Resource.CLUSTERS, NAMESPACE, "c", patch);
  }

  private static ObjectNode now() {
    return api.get(Resource.CLUSTERS, NAMESPACE, "c");
  }

  private static void write(String key) {
    try (var stores = new Stores(kube, NAMESPACE)) {
      stores
          .open(StoreSpec.own(now(), (_, _, _) -> Optional.empty()).orElseThrow())
          .store()
          .put(key, Body.of(new byte[7]), PutOptions.PLAIN);
    }
  }

  private static void readCatalogue() {
    var status = new ClusterStatus(kube, NAMESPACE, "c", InstantSource.system());
    try (var stores = new Stores(kube, NAMESPACE)) {
      var spec = StoreSpec.own(now(), (_, _, _) -> Optional.empty()).orElseThrow();
      new Readability(status)
          .during(
              now(),
              "barmanObjectStore",
              () -> new Catalogue(stores.open(spec)).tell(status, "barmanObjectStore", false));
    }
  }

  private static JsonNode condition() {
    for (JsonNode condition : now().at("/status/conditions")) {
      if (condition.path("type").asText().equals(Readability.CONDITION)) {
        return condition;
      }
    }
    return Json.object();
  }

  @Test
  void refusesToWriteWhereTheKeyWasOnlyForgotten() {
    annotate("backup-keys/");
    assertThatThrownBy(() -> write("c/wals/a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"backup-keys/\" names no key to encrypt with");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesToWritePlainWhenTheAnnotationIsLost() {
    write("c/wals/a");
    annotate("");
    assertThatThrownBy(() -> write("c/wals/b"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("annotation howdah.dev/backup-encryption (SECRET/KEY; or SECRET/-");

    annotate("backup-keys/-");
    write("c/wals/b");
    assertThat(folder.resolve("c/wals/b")).exists();
    assertThat(folder.resolve("c/wals/a.encrypted")).exists();
  }

  @Test
  void saysThatNothingIsRecoverableWhenTheKeyWasOverwritten() {
    write("c/base/20261101T000000/backup.info");
    key(2);

    assertThatThrownBy(() -> write("c/wals/b"))
        .hasMessageContaining("another key than \"2026\" of the Secret backup-keys is now");
    assertThatThrownBy(EncryptionTest::readCatalogue).isInstanceOf(StoreException.class);

    assertThat(condition().path("status").asText()).isEqualTo("False");
    assertThat(condition().path("message").asText()).contains("put the former one back");
    assertThat(now().at("/status/firstRecoverabilityPoint").isMissingNode()).isTrue();
    assertThat(now().at("/status/firstRecoverabilityPointByMethod")).isEmpty();
  }

  @Test
  void saysWhenBackupsCanBeReadAgain() {
    write("c/base/20261101T000000/backup.info");
    annotate("");
    assertThatThrownBy(EncryptionTest::readCatalogue).isInstanceOf(StoreException.class);
    assertThat(condition().path("reason").asText()).isEqualTo("KeyMissing");

    annotate("backup-keys/2026");
    readCatalogue();

    assertThat(condition().path("status").asText()).isEqualTo("True");
  }
}
