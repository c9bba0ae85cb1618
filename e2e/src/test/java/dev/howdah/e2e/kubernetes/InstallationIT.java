// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.kube.Resource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The operator's release goes, comes back for one namespace only, and is upgraded together with
/// its custom resource definitions and rolled back, while a database works.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "kubernetes",
    disabledReason = "needs a Kubernetes: e2e/run brings one up")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InstallationIT {
  private static final Duration LONG = Stage.LONG;
  private static final String HOME = "howdah-system";

  /// Where the operator of one namespace runs, as a user that no image knows.
  private static final String SECOND = "e2e-installation-operator";

  private static final String CRD = "objectstores.barmancloud.cnpg.io";

  @RegisterExtension static final Stage STAGE = new Stage("installation");

  private static boolean touched;

  private static Database database() {
    return STAGE.database();
  }

  private static String kubectl(String... words) throws Exception {
    return STAGE.scene().kubectl(words);
  }

  private static void helm(String... words) throws Exception {
    var all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--wait", "--timeout", "2m"));
    var ended = Helm.run(all.toArray(String[]::new));
    assertThat(ended.exit()).as(ended.said()).isZero();
  }

  /// The suite's operator, as it was.
  @AfterAll
  static void restore() throws Exception {
    if (touched) {
      Helm.run("uninstall", "second", "-n", SECOND, "--wait");
      kubectl("delete", "namespace", SECOND, "--ignore-not-found", "--wait=false");
      var ended = Programs.run(Duration.ofMinutes(4), "", List.of("./install"));
      assertThat(ended.exit()).as(ended.said()).isZero();
      STAGE.scene().awaitOperators(LONG);
    }
  }

  @Test
  @Order(10)
  void isHealthy() throws Exception {
    Stage.secondGroup();
    STAGE.build(3);
    STAGE.write("");
  }

  @Test
  @Order(20)
  void theDatabaseStaysAndFailsOverWithoutTheRelease() throws Exception {
    Stage.secondGroup();
    STAGE.begin();
    touched = true;
    String primary = database().primary();
    helm("uninstall", "howdah", "-n", HOME);

    assertThat(STAGE.scene().list(Resource.CLUSTERS, "")).hasSize(1);
    assertThat(kubectl("get", "crds", "-o", "name")).contains("clusters.postgresql.cnpg.io", CRD);
    assertThat(kubectl("-n", HOME, "get", "deployments,services", "-o", "name"))
        .doesNotContain("howdah");
    // nobody reviews changes any more, and so nobody refuses them for want of an answer
    assertThat(database().reviewed("{\"spec\":{\"logLevel\":\"debug\"}}"))
        .doesNotContain("failed calling webhook");

    STAGE
        .scene()
        .inNamespace("delete", "pod", primary, "--grace-period=0", "--force", "--wait=false");
    await(
        "another primary takes rows",
        LONG,
        () -> !writable().isEmpty() && !writable().contains(primary));
    STAGE.check("primary's pod lost while no operator is installed");
  }

  private static List<String> writable() {
    return database().writable();
  }

  @Test
  @Order(30)
  void anOperatorOfOneNamespaceTakesOverWithRolesAlone() throws Exception {
    Stage.secondGroup();
    STAGE.begin();
    String namespace = STAGE.scene().namespace();
    kubectl("create", "namespace", SECOND);
    kubectl("label", "namespace", SECOND, "pod-security.kubernetes.io/enforce=restricted");
    helm(
        "install",
        "second",
        Helm.OPERATOR,
        "-n",
        SECOND,
        "--set",
        "crds.install=false,replicas=1,watchNamespaces={" + namespace + "}",
        "--set",
        "podSecurityContext.runAsUser=1000710000,podSecurityContext.runAsGroup=0");

    database().awaitHealthy(3, LONG);
    String account = "--as=system:serviceaccount:" + SECOND + ":howdah-operator";
    assertThat(mayI(account, "list", "secrets", "-n", namespace)).isTrue();
    assertThat(mayI(account, "list", "secrets", "-n", "default")).isFalse();
    assertThat(mayI(account, "list", "nodes")).isFalse();
    assertThat(mayI(account, "patch", "validatingwebhookconfigurations")).isFalse();
    STAGE.check("an operator of this namespace alone, as a random user");
    helm("uninstall", "second", "-n", SECOND);
  }

  private static boolean mayI(String account, String... what) throws Exception {
    var words = new ArrayList<>(List.of("auth", "can-i", account, "--quiet"));
    words.addAll(List.of(what));
    return STAGE.scene().attempt("", Duration.ofSeconds(20), words.toArray(String[]::new)).exit()
        == 0;
  }

  /// An older chart, whose definition of a kind lacks a field.
  @Test
  @Order(40)
  void isUpgradedTogetherWithItsDefinitionsAndRolledBack(@TempDir Path folder) throws Exception {
    Stage.secondGroup();
    STAGE.begin();
    var uids = database().uids();
    Path older = older(folder);
    helm("install", "howdah", older.toString(), "-n", HOME);
    assertThat(field()).isEmpty();

    helm("upgrade", "howdah", Helm.OPERATOR, "-n", HOME);
    assertThat(field()).isEqualTo("object");
    database().awaitHealthy(3, LONG);

    helm("rollback", "howdah", "1", "-n", HOME);
    assertThat(field()).isEmpty();
    database().awaitHealthy(3, LONG);

    helm("upgrade", "howdah", Helm.OPERATOR, "-n", HOME);
    assertThat(field()).isEqualTo("object");
    database().awaitHealthy(3, LONG);
    assertThat(database().uids()).as("no pod was made anew").isEqualTo(uids);
    STAGE.check("operator's release with its definitions upgraded, rolled back, upgraded");
  }

  private static String field() throws Exception {
    return kubectl(
        "get",
        "crd",
        CRD,
        "-o",
        "jsonpath={.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.instanceSidecarConfiguration.type}");
  }

  private static Path older(Path folder) throws Exception {
    Path chart = folder.resolve("howdah");
    var copied =
        Programs.run(
            Duration.ofSeconds(20), "", List.of("cp", "-rL", Helm.OPERATOR, chart.toString()));
    assertThat(copied.exit()).as(copied.said()).isZero();
    var yaml = new YAMLMapper();
    try (var files = Files.list(chart.resolve("files/crds"))) {
      for (Path file : files.toList()) {
        var crd = (ObjectNode) yaml.readTree(Files.readString(file));
        if (crd.at("/metadata/name").asText().equals(CRD)) {
          var spec =
              (ObjectNode)
                  crd.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties");
          assertThat(spec.remove("instanceSidecarConfiguration")).as("the field").isNotNull();
          yaml.writeValue(file.toFile(), crd);
        }
      }
    }
    Path description = chart.resolve("Chart.yaml");
    Files.writeString(
        description,
        Files.readString(description).replaceFirst("(?m)^version: .*$", "version: 0.0.9"));
    return chart;
  }
}
