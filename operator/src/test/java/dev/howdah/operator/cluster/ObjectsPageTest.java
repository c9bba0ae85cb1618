// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The golden files of one Cluster, as a page of the manual.
class ObjectsPageTest {
  private static final Path GOLDEN = Path.of("src/test/golden/objects/customer");
  private static final Path PAGE = Path.of("../docs/reference/objects.md");

  private static final String HEAD =
      """
      # The objects of a Cluster

      Everything that the operator makes for the Cluster below, as it is sent to the API server. `operator/src/test/golden/objects`
      has the same for the least Cluster, for a hardened one and for one that sets every field of pods, Services and storage;
      tests compare them with what the code makes, and this page with them.

      All objects carry `cnpg.io/cluster` and an owner reference to the Cluster, so they go with it. Labels and annotations of
      `spec.inheritedMetadata`, and those that the operator's `INHERITED_LABELS` and `INHERITED_ANNOTATIONS` choose, are on all of them.

      """;

  @Test
  void theManualShowsWhatIsMade() throws IOException {
    String wanted =
        HEAD
            + part("The Cluster", "in-cluster.yaml", "What a person writes.")
            + part(
                "Services, budgets, account, role and Lease",
                "out-others.yaml",
                "`-rw` follows the primary, `-ro` the standbys, `-r` all. The Role names each object that an instance may touch.")
            + part(
                "Secret of the application",
                "out-user-secret.yaml",
                "Made once, with a password of 64 random characters (here a short one); never changed after that.")
            + part(
                "Volumes of the first instance",
                "out-volumes.yaml",
                "One claim for the data; others for `walStorage` and `tablespaces`.")
            + part(
                "Job that makes the data",
                "out-first-job.yaml",
                "Runs once, on the volume of the first instance.")
            + part(
                "Job that clones a standby",
                "out-join-job.yaml",
                "Runs once for each further instance.")
            + part(
                "Pod of an instance",
                "out-pod.yaml",
                "`cnpg.io/podSpec` keeps what the pod was made from: when the Cluster asks for another one, the instance is rolled.");
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, wanted);
    }

    assertThat(PAGE)
        .as("mvn -pl operator -am test -Dtest=ObjectsPageTest -Dgolden.update writes it anew")
        .content()
        .isEqualTo(wanted);
  }

  private static String part(String title, String file, String words) throws IOException {
    return "## %s\n\n%s\n\n```yaml\n%s\n```\n\n"
        .formatted(title, words, Files.readString(GOLDEN.resolve(file)).strip());
  }
}
