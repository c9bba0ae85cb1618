// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The charts with several values, and the image packed twice; needs no cluster, only Helm.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "kubernetes",
    disabledReason = "needs Helm: e2e/run builds it")
class ChartsIT {
  /// The oldest Kubernetes that the charts are for.
  private static final String OLDEST = "1.29.0";

  private static final String ONE_NAMESPACE = "watchNamespaces: [shop]\nreplicas: 1\n";
  private static final String CERT_MANAGER =
      "webhooks: {certManager: {enabled: true}}\nnetworkPolicy: {enabled: true}\n";
  private static final String EVERYTHING =
      """
      cluster:
        instances: 3
        storage: {size: 20Gi}
        backup: {retentionPolicy: 30d}
      poolers: {app: {type: rw, instances: 2, pgbouncer: {poolMode: transaction}}}
      schedules: {nightly: {schedule: "0 0 2 * * *"}}
      databases: {shop: {owner: app}}
      monitoring: {podMonitor: {enabled: true, labels: {team: shop}}}
      networkPolicy: {enabled: true, clientNamespaces: {kubernetes.io/metadata.name: shop}}
      """;

  @TempDir private Path folder;

  private String rendered(String chart, String values, String... options) throws Exception {
    Path file = Files.writeString(folder.resolve("values.yaml"), values);
    var lint = Helm.run("lint", "--strict", "--kube-version", OLDEST, chart, "-f", file.toString());
    assertThat(lint.exit()).as(lint.said()).isZero();
    var words = new ArrayList<>(List.of("template", "it", chart, "-n", "there"));
    words.addAll(List.of("--kube-version", OLDEST, "-f", file.toString()));
    words.addAll(List.of(options));
    var ended = Helm.run(words.toArray(String[]::new));
    assertThat(ended.exit()).as(ended.said()).isZero();
    return ended.output();
  }

  @Test
  void theOperatorsChartRendersItsDefaults() throws Exception {
    assertThat(rendered(Helm.OPERATOR, ""))
        .contains(
            "kind: CustomResourceDefinition",
            "kind: ClusterRole\n",
            "kind: PodDisruptionBudget",
            "kind: ValidatingWebhookConfiguration",
            "runAsNonRoot: true",
            "readOnlyRootFilesystem: true")
        .doesNotContain("cert-manager.io", "kind: NetworkPolicy");
  }

  @Test
  void namesNamespacesAndNothingClusterWide() throws Exception {
    assertThat(rendered(Helm.OPERATOR, ONE_NAMESPACE))
        .contains("kind: Role\n", "namespace: shop")
        .doesNotContain(
            "kind: ClusterRole\n",
            "kind: ClusterRoleBinding",
            "- persistentvolumes\n",
            "storageclasses",
            "kind: PodDisruptionBudget");
  }

  @Test
  void mayListVolumesOfAllNamespacesWhereThatIsAskedFor() throws Exception {
    String wanted = ONE_NAMESPACE + "autoRecovery: {listPersistentVolumes: true}\n";

    assertThat(rendered(Helm.OPERATOR, wanted))
        .contains("kind: ClusterRole\n", "kind: ClusterRoleBinding", "- persistentvolumes\n")
        .doesNotContain("- nodes\n");
    assertThat(rendered(Helm.OPERATOR, ONE_NAMESPACE + "watchNodes: true\n"))
        .contains("kind: ClusterRole\n", "- nodes\n")
        .doesNotContain("- persistentvolumes\n");
  }

  @Test
  void leavesCertificatesToCertManager() throws Exception {
    assertThat(rendered(Helm.OPERATOR, CERT_MANAGER))
        .contains(
            "kind: Certificate",
            "kind: Issuer",
            "isCA: true", // one that stays when the certificate is renewed
            "ca: {secretName: cnpg-webhook-ca}",
            "cert-manager.io/inject-ca-from: there/cnpg-webhook-cert",
            "name: WEBHOOK_CERT_DIR",
            "secretName: cnpg-webhook-cert",
            "MANAGE_WEBHOOK_CONFIGURATIONS: \"false\"", // cert-manager fills in the bundle
            "kind: NetworkPolicy");
  }

  @Test
  void leavesIdsToAPlatformThatGivesThem() throws Exception {
    String[] pods = {"--show-only", "templates/deployment.yaml"};
    String[] openshift = {pods[0], pods[1], "--api-versions", "security.openshift.io/v1"};

    assertThat(rendered(Helm.OPERATOR, "", pods)).contains("runAsUser: 10001", "runAsGroup: 10001");
    assertThat(rendered(Helm.OPERATOR, "", openshift))
        .contains("runAsNonRoot: true", "type: RuntimeDefault")
        .doesNotContain("runAsUser", "runAsGroup");
  }

  @Test
  void takesEverythingFromAPrivateRegistry() throws Exception {
    String digest = "sha256:" + "4".repeat(64);

    String rendered =
        rendered(
            Helm.OPERATOR,
            """
            image: {repository: registry.example/db/howdah, digest: "%s", pullSecrets: [cnpg-pull-secret]}
            config: {POSTGRES_IMAGE_NAME: registry.example/db/postgresql:17}
            """
                .formatted(digest));

    assertThat(rendered)
        .contains(
            "image: \"registry.example/db/howdah@" + digest + "\"",
            "value: \"registry.example/db/howdah@" + digest + "\"", // for PostgreSQL's pods
            "- name: cnpg-pull-secret")
        .doesNotContain("image: \"howdah/operator");
  }

  @Test
  void leavesPermissionsToOthersAndServesMetricsOverHttps() throws Exception {
    String rendered =
        rendered(
            Helm.OPERATOR,
            """
            rbac: {create: false}
            serviceAccount: {create: false, name: mine}
            commonLabels: {team: databases}
            maxHeap: 400m
            monitoring: {tls: {secretName: metrics-certificate}, podMonitor: {enabled: true}}
            """);

    assertThat(rendered)
        .contains(
            "serviceAccountName: mine",
            "secret: {secretName: metrics-certificate}",
            "name: METRICS_CERT_DIR",
            "scheme: https",
            "team: databases",
            "value: -Xmx400m",
            "unhealthyPodEvictionPolicy: AlwaysAllow")
        .doesNotContain("kind: ClusterRole\n", "kind: ServiceAccount\n", "kind: RoleBinding");
  }

  /// Two operators of different namespaces share a Kubernetes.
  @Test
  void nothingOfNoNamespaceHasTheSameNameInTwoReleases() throws Exception {
    String values =
        "watchNamespaces: [%s]\nwatchNodes: true\ncrds: {install: false}\n"
            + "webhooks: {certManager: {enabled: true}}\n";
    List<String> kinds =
        List.of("ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration");
    String one = rendered(Helm.OPERATOR, values.formatted("a"));

    for (String kind : kinds) {
      assertThat(one).containsPattern("kind: " + kind + "\nmetadata:\n  name: \\S*-there\n");
    }
  }

  @Test
  void aDatabaseComesWithWhatBelongsToIt() throws Exception {
    assertThat(rendered(Helm.CLUSTER, EVERYTHING))
        .contains(
            "kind: Cluster\n",
            "kind: Pooler",
            "kind: ScheduledBackup",
            "kind: Database",
            "kind: PodMonitor",
            "kind: NetworkPolicy",
            "name: it-nightly",
            "helm.sh/resource-policy: keep");
    assertThat(rendered(Helm.CLUSTER, "keepOnUninstall: false\nname: shop\n"))
        .contains("name: shop")
        .doesNotContain("resource-policy", "kind: Pooler");
  }

  @ParameterizedTest
  @CsvSource({
    "../charts/howdah, replicas=many, replicas",
    "../charts/howdah, replica=3, replica",
    "../charts/howdah, webhooks.failurePolicy=Maybe, failurePolicy",
    "../charts/howdah, logLevel=loud, logLevel",
    "../charts/cluster, cluster=, cluster",
    "../charts/cluster, keepOnUninstall=perhaps, keepOnUninstall",
    "../charts/cluster, clusters.instances=3, clusters"
  })
  void refusesValuesThatItDoesNotKnow(String chart, String set, String named) throws Exception {
    var ended = Helm.run("template", "it", chart, "--kube-version", OLDEST, "--set", set);

    assertThat(ended.exit()).as(ended.said()).isNotZero();
    assertThat(ended.said()).contains("values don't meet the specifications", named);
  }

  @Test
  void theSameBuildGivesTheSameImage() throws Exception {
    assertThat(digest("one")).isEqualTo(digest("two")).startsWith("sha256:");
  }

  private String digest(String name) throws Exception {
    var ended =
        Programs.run(
            Duration.ofMinutes(2),
            "",
            List.of("../dist/src/images/operator", folder.resolve(name + ".tar").toString()));
    assertThat(ended.exit()).as(ended.said()).isZero();
    return ended.output().strip().replaceFirst("(?s).*, ", "");
  }
}
