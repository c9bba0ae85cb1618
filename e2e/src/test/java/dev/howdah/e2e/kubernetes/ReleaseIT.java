// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A database as a Helm release, forth and back, and the operator's manifests for those without
/// Helm.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "kubernetes",
    disabledReason = "needs a Kubernetes: e2e/run brings one up")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReleaseIT {
  private static final Duration LONG = Stage.LONG;

  @RegisterExtension static final Stage STAGE = new Stage("release");

  private static Database database() {
    return STAGE.database();
  }

  private static void helm(String... words) throws Exception {
    var ended =
        Helm.run(
            Stream.concat(Stream.of(words), Stream.of("-n", STAGE.scene().namespace()))
                .toArray(String[]::new));
    assertThat(ended.exit()).as(ended.said()).isZero();
  }

  @Test
  @Order(10)
  void isInstalled() throws Exception {
    helm(
        "install",
        "db",
        Helm.CLUSTER,
        "--set",
        "cluster.instances=1,cluster.postgresql.synchronous=null,cluster.storage.size=1Gi,databases.shop.owner=app",
        "--set",
        "cluster.imageName=" + Stage.IMAGE);
    database().awaitHealthy(1, LONG);
    await(
        "the release's database",
        LONG,
        () ->
            database()
                .sql(database().primary(), "select 1 from pg_database where datname = 'shop'")
                .equals("1"));
  }

  @Test
  @Order(20)
  void isUpgraded() throws Exception {
    helm(
        "upgrade",
        "db",
        Helm.CLUSTER,
        "--reuse-values",
        "--set",
        "cluster.instances=2,cluster.postgresql.parameters.work_mem=16MB");
    database().awaitHealthy(2, LONG);
    for (String pod : database().pods().keySet()) {
      await("the new value", LONG, () -> database().sql(pod, "show work_mem").equals("16MB"));
    }
  }

  @Test
  @Order(30)
  void isRolledBack() throws Exception {
    helm("rollback", "db");
    await("one instance", LONG, () -> database().pods().size() == 1);
    database().awaitHealthy(1, LONG);
    await(
        "the old value",
        LONG,
        () -> database().sql(database().primary(), "show work_mem").equals("4MB"));
    Stage.say(
        "a release of charts/cluster was upgraded (1 to 2 instances, work_mem) and rolled back");
  }

  @Test
  @Order(40)
  void staysWhenTheReleaseGoes() throws Exception {
    helm("uninstall", "db");
    database().awaitHealthy(1, LONG);
  }

  @Test
  @Order(50)
  void kubernetesTakesTheManifestAndTheBase(@TempDir Path folder) throws Exception {
    var made = Programs.run(LONG, "", List.of("../charts/manifests", folder.toString()));
    assertThat(made.exit()).as(made.said()).isZero();
    String[] tried = {"apply", "--server-side", "--force-conflicts", "--dry-run=server"};

    String manifest =
        STAGE.scene().kubectl(with(tried, "-f", folder.resolve("howdah.yaml").toString()));
    String base = STAGE.scene().kubectl(with(tried, "-k", folder.resolve("kustomize").toString()));

    assertThat(manifest.lines().sorted().toList()).isEqualTo(base.lines().sorted().toList());
    assertThat(manifest).contains("deployment.apps/howdah-operator", "clusters.postgresql.cnpg.io");
  }

  private static String[] with(String[] words, String... more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
  }
}
