// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The Java client that operators use, unmodified.
class Fabric8IT {
  private static final TestPods PODS = new TestPods();
  private static final ResourceDefinitionContext WIDGETS =
      new ResourceDefinitionContext.Builder()
          .withGroup("example.com")
          .withVersion("v1")
          .withKind("Widget")
          .withPlural("widgets")
          .withNamespaced(true)
          .build();
  private static ThrowawayServer server;
  private static KubernetesClient client;

  @BeforeAll
  static void start() {
    server = ThrowawayServer.start(List.of(), PODS);
    client = client(server.server());
    try (var admin = TestClient.admin(server.server())) {
      admin.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Widgets.DEFINITION);
    }
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("p")
            .endMetadata()
            .withNewSpec()
            .withNodeName("n")
            .addNewContainer()
            .withName("c")
            .withImage("i")
            .endContainer()
            .endSpec()
            .build();
    client.pods().resource(pod).create();
  }

  private static KubernetesClient client(ApiServer api) {
    var config = Config.fromKubeconfig(api.kubeconfig(User.ADMINISTRATOR, "default"));
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static ConfigMap map(String name, String value) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .addToData("k", value)
        .build();
  }

  @Test
  void createsReadsUpdatesAndDeletes() {
    var made = client.configMaps().resource(map("crud", "1")).create();

    client
        .configMaps()
        .withName("crud")
        .edit(m -> new ConfigMapBuilder(m).addToData("k", "2").build());
    var stale = new ConfigMapBuilder(made).addToData("k", "3").build();

    assertThat(client.configMaps().withName("crud").get().getData()).containsEntry("k", "2");
    assertThatThrownBy(() -> client.configMaps().resource(stale).update())
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(409));
    client
        .configMaps()
        .resource(map("crud", "4"))
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("test")
                .withForce(true)
                .build());
    assertThat(client.configMaps().withName("crud").get().getData()).containsEntry("k", "4");
    assertThat(client.configMaps().withName("crud").delete()).hasSize(1);
    assertThat(client.configMaps().withName("crud").get()).isNull();
  }

  @Test
  void mirrorsCustomResourcesInAnInformer() {
    var seen = new ConcurrentLinkedQueue<String>();
    var widgets = client.genericKubernetesResources(WIDGETS).inNamespace("default");
    try (var informer =
        widgets.inform(
            new ResourceEventHandler<GenericKubernetesResource>() {
              @Override
              public void onAdd(GenericKubernetesResource widget) {
                seen.add("+" + widget.getMetadata().getName());
              }

              @Override
              public void onUpdate(
                  GenericKubernetesResource before, GenericKubernetesResource after) {
                seen.add("~" + after.getMetadata().getName());
              }

              @Override
              public void onDelete(GenericKubernetesResource widget, boolean unknown) {
                seen.add("-" + widget.getMetadata().getName());
              }
            })) {
      widgets
          .load(TestClient.json(Widgets.widget("mirrored", 1)).transform(Fabric8IT::stream))
          .create();
      widgets
          .withName("mirrored")
          .edit(w -> {
            w.getMetadata().setLabels(java.util.Map.of("a", "b"));
            return w;
          });
      await().atMost(Duration.ofSeconds(60)).until(() -> seen.contains("~mirrored"));
      widgets.withName("mirrored").delete();

      await().atMost(Duration.ofSeconds(60)).until(() -> seen.contains("-mirrored"));
      assertThat(seen).containsSubsequence("+mirrored", "~mirrored", "-mirrored");
      assertThat(informer.isWatching()).isTrue();
    }
  }

  private static java.io.InputStream stream(String text) {
    return new java.io.ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void followsAnInformerOverARestartOfTheServer() {
    try (var own = ThrowawayServer.start();
        var ownClient = client(own.server());
        var informer = ownClient.configMaps().inNamespace("default").inform()) {
      ownClient.configMaps().resource(map("before", "1")).create();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> informer.getIndexer().getByKey("default/before") != null);

      own.restart();

      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() ->
              ownClient.configMaps().resource(map("after", "1")).createOr(r -> r.update()) != null);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> informer.getIndexer().getByKey("default/after") != null);
    }
  }

  @Test
  void electsOneLeaderAtATime() throws Exception {
    var leader = new AtomicReference<String>("");
    var first = elect("one", leader);
    await().atMost(Duration.ofSeconds(60)).until(() -> leader.get().equals("one"));
    var second = elect("two", leader);
    assertThat(client.leases().withName("election").get().getSpec().getHolderIdentity())
        .isEqualTo("one");

    first.cancel(true);

    // it gives the Lease back, or else the Lease runs out
    await().atMost(Duration.ofSeconds(180)).until(() -> leader.get().equals("two"));
    second.cancel(true);
  }

  private static java.util.concurrent.CompletableFuture<?> elect(
      String name, AtomicReference<String> leader) {
    return client
        .leaderElector()
        .withConfig(
            new LeaderElectionConfigBuilder()
                .withName("election")
                .withLeaseDuration(Duration.ofSeconds(90)) // a machine may pause for long
                .withRenewDeadline(Duration.ofSeconds(60))
                .withRetryPeriod(Duration.ofMillis(200))
                .withReleaseOnCancel(true)
                .withLock(new LeaseLock("default", "election", name))
                .withLeaderCallbacks(
                    new LeaderCallbacks(() -> leader.set(name), () -> {}, holder -> {}))
                .build())
        .build()
        .start();
  }

  @Test
  void runsProgramsAndReadsLogs() throws Exception {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    try (var watch =
        client
            .pods()
            .withName("p")
            .writingOutput(out)
            .writingError(err)
            .exec("sh", "-c", "echo out; echo err >&2; exit 3")) {
      assertThat(watch.exitCode().get(60, TimeUnit.SECONDS)).isEqualTo(3);
    }

    assertThat(out).hasToString("out\n");
    assertThat(err).hasToString("err\n");
    assertThat(client.pods().withName("p").getLog()).isEqualTo("container c of p\n");
  }

  @Test
  @SuppressWarnings("deprecation") // readingInput: what users of this client call today
  void sendsInputToPrograms() throws Exception {
    var out = new ByteArrayOutputStream();
    try (var watch =
        client
            .pods()
            .withName("p")
            .readingInput(stream("hello\n"))
            .writingOutput(out)
            .exec("head", "-n1")) {
      assertThat(watch.exitCode().get(60, TimeUnit.SECONDS)).isZero();
    }

    assertThat(out).hasToString("hello\n");
  }

  @Test
  void forwardsPorts() throws IOException {
    try (var echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      PODS.localPort = echo.getLocalPort();
      Thread.ofVirtual()
          .start(() -> {
            try (var socket = echo.accept()) {
              socket.getInputStream().transferTo(socket.getOutputStream());
            } catch (IOException _) {
              // the test is over
            }
          });

      try (var forward = client.pods().withName("p").portForward(5432);
          var socket = new Socket("127.0.0.1", forward.getLocalPort())) {
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write("ping".getBytes(StandardCharsets.UTF_8));
        assertThat(socket.getInputStream().readNBytes(4))
            .isEqualTo("ping".getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void reviewsAccess() {
    assertThat(
            client
                .authorization()
                .v1()
                .selfSubjectRulesReview()
                .create(rules())
                .getStatus()
                .getResourceRules())
        .isNotEmpty();
    assertThat(client.supports("example.com/v1", "Widget")).isTrue();
    assertThat(client.getApiGroups().getGroups()).isNotEmpty();
  }

  private static io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectRulesReview rules() {
    return new io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectRulesReviewBuilder()
        .withNewSpec()
        .withNamespace("default")
        .endSpec()
        .build();
  }
}
