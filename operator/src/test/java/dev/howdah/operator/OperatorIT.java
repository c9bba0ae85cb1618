// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.api.cluster.Cluster;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.User;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.cluster.desired.PodMonitor;
import dev.howdah.operator.tree.Tree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// The operator against the embedded API server, with the rights it has on Kubernetes. Pods and
/// instances are faked.
class OperatorIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final YAMLMapper YAML = new YAMLMapper();

  @TempDir static Path home;
  private static ApiServer api;
  private static KubeClient admin;
  private static int blocks = ThreadLocalRandom.current().nextInt(1, 200);

  private KubeClient client;
  private FakeMachine machine;
  private Operator operator;
  private String namespace;

  @BeforeAll
  static void startApiServer() throws Exception {
    api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none());
    api.writeKubeconfig(home.resolve("admin"));
    admin = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin"))).deadline(SOON);
    for (String file :
        List.of(
            "/crds/postgresql.cnpg.io_clusters.yaml",
            "/crds/postgresql.cnpg.io_backups.yaml",
            "/crds/postgresql.cnpg.io_scheduledbackups.yaml",
            "/crds/postgresql.cnpg.io_databaseroles.yaml",
            "/crds/postgresql.cnpg.io_failoverquorums.yaml",
            "/crds/postgresql.cnpg.io_imagecatalogs.yaml",
            "/crds/postgresql.cnpg.io_clusterimagecatalogs.yaml",
            "/crds/howdah.dev_restores.yaml",
            "/crds/howdah.dev_databaserestores.yaml",
            "/crds/howdah.dev_restoredrills.yaml")) {
      install(Cluster.class, file);
    }
    install(Operator.class, "/rbac/operator-clusterrole.yaml");
    admin.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", "howdah-system"));
    admin.create(
        Resource.SERVICE_ACCOUNTS,
        Json.object(Resource.SERVICE_ACCOUNTS, "howdah-system", "howdah-operator"));
  }

  private static void install(Class<?> from, String file) throws IOException {
    try (InputStream in = from.getResourceAsStream(file);
        var documents =
            YAML.readerFor(ObjectNode.class)
                .<ObjectNode>readValues(new YAMLFactory().createParser(in))) {
      while (documents.hasNext()) {
        ObjectNode object = documents.next();
        String kind = object.path("kind").asText();
        Resource resource =
            switch (kind) {
              case "CustomResourceDefinition" -> Resource.CRDS;
              case "ClusterRole" ->
                  new Resource(
                      "rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
              default ->
                  new Resource(
                      "rbac.authorization.k8s.io",
                      "v1",
                      "clusterrolebindings",
                      "ClusterRoleBinding",
                      false);
            };
        admin.apply(resource, object, "test", true);
      }
    }
  }

  @AfterAll
  static void stopApiServer() {
    admin.close();
    api.close();
  }

  @BeforeEach
  void start(TestInfo test) throws Exception {
    int block = blocks++;
    namespace = "t" + block;
    admin.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", namespace));
    Path file = home.resolve("operator-" + block);
    api.writeKubeconfig(
        file, User.serviceAccount("howdah-system", "howdah-operator"), "howdah-system");
    client = new KubeClient(KubeSettings.fromKubeconfig(file));
    machine = new FakeMachine(admin, block);
    operator = Operator.start(OperatorSettings.defaults(), client);
  }

  @AfterEach
  void stop() {
    operator.close();
    machine.close();
    client.close();
    admin.delete(Resource.NAMESPACES, "", namespace, DeleteOptions.DEFAULT);
  }

  private void create(String yaml) throws IOException {
    ObjectNode cluster = (ObjectNode) YAML.readTree(yaml);
    cluster.put("apiVersion", "postgresql.cnpg.io/v1").put("kind", "Cluster");
    cluster.withObject("/metadata").put("namespace", namespace);
    admin.create(Resource.CLUSTERS, cluster);
  }

  private JsonNode status() {
    return admin.get(Resource.CLUSTERS, namespace, "c").path("status");
  }

  private List<String> names(Resource resource) {
    return admin.list(resource, namespace, Selection.labels("cnpg.io/cluster")).items().stream()
        .map(Json::name)
        .sorted()
        .toList();
  }

  private void until(Callable<Boolean> condition) {
    try {
      await().atMost(SOON).pollInterval(Duration.ofMillis(20)).until(condition);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("still: " + status().toPrettyString(), e);
    }
  }

  private void untilHealthy(int instances) {
    until(() ->
        status().path("phase").asText().equals("Cluster in healthy state")
            && status().path("readyInstances").asInt() == instances);
  }

  private void untilSame(Resource resource, String... expected) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(names(resource)).containsExactly(expected));
  }

  private void spec(ObjectNode change) {
    admin.merge(Resource.CLUSTERS, namespace, "c", Tree.map("spec", change));
  }

  private static final String THREE =
      """
      metadata: {name: c}
      spec:
        instances: 3
        imageName: example.org/postgresql:17.2
        storage: {size: 1Gi}
        bootstrap:
          initdb: {database: app, owner: app}
      """;

  @Test
  void bringsUpAClusterAndThenWritesNothing() throws Exception {
    create(THREE);

    untilHealthy(3);

    assertThat(names(Resource.PODS)).containsExactly("c-1", "c-2", "c-3");
    assertThat(names(Resource.PERSISTENT_VOLUME_CLAIMS)).containsExactly("c-1", "c-2", "c-3");
    assertThat(names(Resource.SERVICES)).containsExactly("c-r", "c-ro", "c-rw");
    assertThat(names(Resource.SECRETS))
        .containsExactly("c-app", "c-ca", "c-replication", "c-server");
    until(() -> names(Resource.JOBS).isEmpty());
    // the last writes may still be on their way: sometime it has to rest
    var last = new AtomicReference<>(versions());
    await()
        .pollInterval(Duration.ofSeconds(5))
        .atMost(Duration.ofSeconds(120))
        .until(() -> last.getAndSet(versions()).equals(last.get()));
  }

  /// The revisions of everything but the Lease.
  private List<String> versions() {
    var all = new ArrayList<String>();
    for (Resource resource :
        List.of(
            Resource.CLUSTERS,
            Resource.PODS,
            Resource.PERSISTENT_VOLUME_CLAIMS,
            Resource.SERVICES,
            Resource.SECRETS,
            Resource.ROLES,
            Resource.ROLE_BINDINGS,
            Resource.SERVICE_ACCOUNTS,
            Resource.POD_DISRUPTION_BUDGETS,
            Resource.EVENTS)) {
      admin
          .list(resource, namespace, Selection.ALL)
          .items()
          .forEach(o -> all.add(Json.name(o) + "@" + Json.resourceVersion(o)));
    }
    return all;
  }

  @Test
  void putsBackWhatWasDeletedOrChanged() throws Exception {
    create(THREE);
    untilHealthy(3);
    String second = Json.uid(admin.get(Resource.PODS, namespace, "c-2"));

    admin.delete(Resource.SERVICES, namespace, "c-ro", DeleteOptions.DEFAULT);
    admin.merge(
        Resource.SERVICES,
        namespace,
        "c-rw",
        Tree.map("spec", Tree.map("selector", Tree.map("cnpg.io/instanceRole", "replica"))));
    admin.delete(Resource.PODS, namespace, "c-2", DeleteOptions.DEFAULT);
    admin.delete(Resource.ROLES, namespace, "c", DeleteOptions.DEFAULT);

    untilSame(Resource.SERVICES, "c-r", "c-ro", "c-rw");
    untilSame(Resource.ROLES, "c");
    until(() ->
        admin
            .get(Resource.SERVICES, namespace, "c-rw")
            .path("spec")
            .path("selector")
            .equals(
                Tree.map(
                    "cnpg.io/cluster", "c",
                    "cnpg.io/instanceName", "c-1",
                    "cnpg.io/podRole", "instance")));
    until(
        () -> // until then it may be healthy because nobody has looked yet
        admin
                .find(Resource.PODS, namespace, "c-2")
                .filter(pod -> !Json.uid(pod).equals(second))
                .isPresent());
    untilHealthy(3);
    untilSame(Resource.PODS, "c-1", "c-2", "c-3");
  }

  @Test
  void scalesUpAndDown() throws Exception {
    create(THREE);
    untilHealthy(3);

    spec(Tree.map("instances", 5));
    untilHealthy(5);
    spec(Tree.map("instances", 1));
    untilSame(Resource.PERSISTENT_VOLUME_CLAIMS, "c-1");
    untilSame(Resource.PODS, "c-1");
    untilHealthy(1);
  }

  @Test
  void freesTheLeaseOfADeadHolderWithinAMoment() throws Exception {
    create(THREE);
    untilHealthy(3);
    Thread.sleep(1100); // the fake's clock counts seconds: the end must be later than the renewal

    ObjectNode pod = admin.get(Resource.PODS, namespace, "c-1");
    long killed = System.nanoTime();
    machine.status(pod, "Running", false, true);

    until(() ->
        admin
            .get(Resource.LEASES, namespace, "c")
            .path("spec")
            .path("holderIdentity")
            .asText("")
            .isEmpty());
    assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(30));
    machine.lead(namespace, "c", "c-2");
    until(() ->
        Json.label(admin.get(Resource.PODS, namespace, "c-2"), "cnpg.io/instanceRole")
            .equals("primary"));
    until(() ->
        Json.label(admin.get(Resource.PODS, namespace, "c-1"), "cnpg.io/instanceRole")
            .equals("replica"));
  }

  @Test
  void leavesAServiceOfSomebodyElseAlone() throws Exception {
    ObjectNode service = Json.object(Resource.SERVICES, namespace, "c-rw");
    service.set(
        "spec",
        Tree.map(
            "selector",
            Tree.map("app", "web"),
            "ports",
            Tree.list(Tree.map("name", "http", "port", 80))));
    admin.create(Resource.SERVICES, service);
    create(THREE);

    until(() -> {
      JsonNode status = status();
      return status.path("phase").asText().equals("Unable to create required cluster objects")
          && status.path("phaseReason").asText().contains("c-rw exists already");
    });

    assertThat(
            admin
                .get(Resource.SERVICES, namespace, "c-rw")
                .path("spec")
                .path("selector")
                .path("app")
                .asText())
        .isEqualTo("web");
  }

  @Test
  void saysWhatIsWrongWithADefinition() throws Exception {
    create(THREE.replace("postgresql:17.2", "postgresql:latest"));

    until(() -> !status().path("phaseReason").asText().isEmpty());

    assertThat(status().path("phaseReason").asText()).contains("imageName");
    assertThat(names(Resource.PODS)).isEmpty();
  }

  @Test
  void goesOnWhereAnotherOperatorLeftOff() throws Exception {
    machine.holdBack("c-1");
    create(THREE);
    until(() -> names(Resource.PODS).contains("c-1"));
    operator.close();
    machine.status(admin.get(Resource.PODS, namespace, "c-1"), "Running", true, false);
    machine.lead(namespace, "c", "c-1");

    operator = Operator.start(OperatorSettings.defaults(), client);

    untilHealthy(3);
  }

  @Test
  void promotesByStatusAsThePluginDoes() throws Exception {
    create(THREE);
    untilHealthy(3);

    admin.patchStatus(
        Resource.CLUSTERS,
        namespace,
        "c",
        new Patch.Merge(
            Tree.map(
                "status", Tree.map("targetPrimary", "c-3", "phase", "Switchover in progress"))));
    until(() -> status().path("phaseReason").asText().equals("Switching over to c-3"));
    machine.lead(namespace, "c", "c-3");

    untilHealthy(3);
    assertThat(status().path("currentPrimary").asText()).isEqualTo("c-3");
  }

  @Test
  void bringsQueriesAPodMonitorAndTheAddressesOfSelectedPods() throws Exception {
    admin.apply(Resource.CRDS, podMonitors(), "test", true);
    ObjectNode web = Json.object(Resource.PODS, namespace, "web");
    web.withObject("/metadata").putObject("labels").put("app", "web");
    web.putObject("spec").putArray("containers").addObject().put("name", "c").put("image", "i");
    web = admin.create(Resource.PODS, web);
    web.putObject("status").put("phase", "Running").put("podIP", "10.1.2.3");
    admin.updateStatus(Resource.PODS, web);

    create(
        """
        metadata: {name: c}
        spec:
          instances: 1
          storage: {size: 1Gi}
          monitoring: {enablePodMonitor: true, tls: {enabled: true}}
          podSelectorRefs:
            - {name: web, selector: {matchLabels: {app: web}}}
            - {name: nobody, selector: {matchLabels: {app: other}}}
        """);

    until(() -> status().at("/podSelectorRefs/0/ips/0").asText().equals("10.1.2.3"));
    assertThat(status().at("/podSelectorRefs/1/ips")).isEmpty();
    until(() ->
        admin
            .find(Resource.CONFIG_MAPS, namespace, "cnpg-default-monitoring")
            .map(map -> map.at("/data/queries").asText().contains("pg_stat_archiver"))
            .orElse(false));
    until(() -> admin.find(PodMonitor.RESOURCE, namespace, "c").isPresent());
    JsonNode monitor = admin.get(PodMonitor.RESOURCE, namespace, "c");
    assertThat(monitor.at("/spec/podMetricsEndpoints/0/tlsConfig/serverName").asText())
        .isEqualTo("c-rw");

    admin.delete(Resource.PODS, namespace, "web", DeleteOptions.DEFAULT);
    spec((ObjectNode) YAML.readTree("{monitoring: {enablePodMonitor: false}}"));

    until(() -> status().at("/podSelectorRefs/0/ips").isEmpty());
    until(() -> admin.find(PodMonitor.RESOURCE, namespace, "c").isEmpty());
  }

  private static ObjectNode podMonitors() throws IOException {
    return (ObjectNode)
        YAML.readTree(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: podmonitors.monitoring.coreos.com}
            spec:
              group: monitoring.coreos.com
              scope: Namespaced
              names: {plural: podmonitors, singular: podmonitor, kind: PodMonitor, listKind: PodMonitorList}
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
            """);
  }
}
