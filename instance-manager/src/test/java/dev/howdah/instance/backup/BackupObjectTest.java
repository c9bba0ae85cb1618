// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.harness.FakeApi;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.LeafRequest;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Who may still write into a Backup after another run of the instance manager has begun.
class BackupObjectTest {
  private static FakeApi api;
  private static KubeClient kube;

  @BeforeAll
  static void serve() throws Exception {
    var year = Duration.ofDays(365);
    var authority = CertificateAuthority.create("test", "ns", year, InstantSource.system());
    api =
        new FakeApi(
            authority.issue(
                LeafRequest.server("api", List.of("localhost"), year)
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

  private static void put(String phase, String session) {
    ObjectNode backup = Json.object(Resource.BACKUPS, "ns", "b");
    backup.withObject("/metadata").put("uid", "u");
    backup.putObject("status").put("phase", phase);
    if (!session.equals("none")) {
      backup.withObject("/status/instanceID").put("podName", "c-1").put("sessionID", session);
    }
    api.put(Resource.BACKUPS, backup);
  }

  private static JsonNode status() {
    return api.get(Resource.BACKUPS, "ns", "b").path("status");
  }

  private static BackupObject seenBy(String session) {
    return new BackupObject(kube, "ns", api.get(Resource.BACKUPS, "ns", "b"), session);
  }

  @Test
  void aRunThatWasOvertakenWritesNothing() throws Exception {
    put("running", "old");
    var old = seenBy("old");
    old.progress(1);
    assertThat(status().at("/pluginMetadata/howdah.dev~1copiedBytes").asText()).isEqualTo("1");

    for (String taker : new String[] {"new", "", "none"}) {
      put(taker.equals("none") ? "pending" : "started", taker);
      old.failed("late");
      old.progress(2);

      assertThat(status().has("error")).as("taken by %s", taker).isFalse();
      assertThat(status().has("pluginMetadata")).isFalse();
    }
  }

  @Test
  void whatIsCompletedIsNotGivenBack() throws Exception {
    put("running", "old");
    var seen = seenBy("old");
    put("completed", "old"); // between the look and the write

    seen.givenBack("the instance manager ended");

    assertThat(status().path("phase").asText()).isEqualTo("completed");
  }

  @Test
  void aBackupOfAnEarlierRunIsGivenBackThreeTimesAtMost() throws Exception {
    put("running", "old");
    seenBy("old").givenBack("the instance manager ended");
    assertThat(status().path("phase").asText()).isEqualTo("pending");
    assertThat(status().has("instanceID")).isFalse();

    put("running", "old");
    ObjectNode patch = Json.object();
    patch.withObject("/status/pluginMetadata").put("howdah.dev/attempts", "3");
    api.merge(Resource.BACKUPS, "ns", "b", patch);
    seenBy("old").givenBack("the instance manager ended");
    assertThat(status().path("error").asText())
        .isEqualTo("the instance manager ended, after 3 attempts");
  }

  @Test
  void isReadAlthoughTheApiServerIsAwayForAMoment() throws Exception {
    put("started", "");
    api.cut("*", true);
    var read =
        CompletableFuture.supplyAsync(() -> {
          try {
            return BackupObject.read(kube, Resource.BACKUPS, "ns", "b");
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    await().atMost(Duration.ofMinutes(1)).until(() -> api.refused() > 0);
    api.cut("*", false);

    assertThat(read).succeedsWithin(Duration.ofSeconds(60));
  }

  @Test
  void aFailureBeforeItRanIsWritten() throws Exception {
    put("started", "");
    seenBy("mine").failed("no store");

    assertThat(status().path("error").asText()).isEqualTo("no store");
  }
}
