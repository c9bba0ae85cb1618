// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.backup.BackupOperator;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.report.OperatorKey;
import dev.howdah.operator.report.Reports;
import dev.howdah.operator.tree.Tree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Plans are carried out on a server that has something already.
class ExecutorTest {
  private static final String SUBJECT = "Restore r";

  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final InstantSource clock = () -> now;
  private final Map<String, Refusal> refused = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final ObjectNode there = backup("made-for-r");
  private final SimulatedCluster cluster =
      new SimulatedCluster("metadata: {name: c}\nspec: {instances: 1, storage: {size: 1Gi}}\n");
  private volatile boolean away;
  private HttpServer server;
  private KubeClient client;
  private Executor executor;

  /// @param code 0: no answer at all
  /// @param patience seconds; 0: it doesn't say
  private record Refusal(int code, String message, int patience) {
    void answer(HttpExchange exchange) throws IOException {
      if (code == 0) {
        exchange.close();
        return;
      }
      if (patience > 0) {
        exchange.getResponseHeaders().add("Retry-After", Integer.toString(patience));
      }
      send(exchange, code, Tree.map("kind", "Status", "reason", "Odd", "message", message));
    }
  }

  private static void send(HttpExchange exchange, int code, ObjectNode answer) throws IOException {
    byte[] body = answer.toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /// Has the Backup, and takes every change of the Restore.
  @BeforeEach
  void serverThatHasTheBackup() throws IOException, GeneralSecurityException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          if (away) {
            exchange.close();
            return;
          }
          String method = exchange.getRequestMethod();
          String name = exchange.getRequestURI().getPath().replaceAll(".*/", "");
          requests.add(method + " " + name);
          Refusal refusal = refused.get(method + " " + name);
          if (refusal != null) {
            refusal.answer(exchange);
          } else if (method.equals("POST")) {
            send(exchange, 409, Tree.map("kind", "Status", "reason", "AlreadyExists"));
          } else if (method.equals("GET")) {
            send(exchange, 200, there);
          } else {
            send(exchange, 200, restore());
          }
        });
    server.start();
    client =
        new KubeClient(
            KubeSettings.of(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                null,
                new KubeSettings.Credential.Anonymous()));
    World world =
        new World(
            client,
            Set.of(),
            new BackupOperator(client, Set.of()).holes(),
            clock,
            _ -> {},
            _ -> {});
    OperatorSettings settings = OperatorSettings.defaults();
    executor =
        new Executor(
            client,
            world,
            new Reports(_ -> {}, OperatorKey.create(clock), null, clock),
            new RolloutPace(settings, clock),
            clock,
            () -> true);
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private static ObjectNode backup(String madeFor) {
    ObjectNode backup = Json.object(Resource.BACKUPS, "db", "r-after-abc");
    backup.withObject("/metadata/labels").put(Labels.MADE_FOR, madeFor);
    return backup;
  }

  private static ObjectNode restore() {
    ObjectNode restore = Json.object(Resource.RESTORES, "db", "r");
    restore.withObject("/metadata").put("uid", "u").put("resourceVersion", "7");
    return restore;
  }

  private Executor.Outcome backsUpAndLetsGo(String madeFor) {
    Blueprint blueprint = cluster.blueprint();
    return executor.execute(
        blueprint,
        Meta.of(cluster.cluster()),
        List.of(
            new Action.Create(Resource.BACKUPS, backup(madeFor), SUBJECT, "it is over"),
            new Action.Merge(
                Resource.RESTORES, Meta.of(restore()), Json.object(), SUBJECT, "it is over")));
  }

  @Test
  void aBackupThatAnEarlierTryHasMadeIsDoneAndWhatFollowsItGoesOn() {
    Executor.Outcome outcome = backsUpAndLetsGo("made-for-r");

    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.stale()).isFalse();
    assertThat(requests).endsWith("PATCH r");
  }

  /// Else the Cluster would be said to need somebody's help, and `howdah up` would end.
  @Test
  void thatTheServerDoesNotAnswerIsNoFailureOfAnAction() {
    away = true;
    assertThatThrownBy(() -> backsUpAndLetsGo("made-for-r"))
        .isInstanceOfSatisfying(
            KubeException.class, e -> assertThat(e.reason()).isEqualTo(KubeException.UNREACHABLE));
  }

  @Test
  void aBackupThatWasMadeForSomethingElseIsNoBackupOfTheRestoredData() {
    Executor.Outcome outcome = backsUpAndLetsGo("made-for-another");

    assertThat(outcome.failures()).singleElement().asString().contains("r-after-abc", "delete it");
    assertThat(requests).doesNotContain("PATCH r");
  }

  private static Action.Merge merge(String name, String subject) {
    ObjectNode object = Json.object(Resource.RESTORES, "db", name);
    object.withObject("/metadata").put("uid", "u").put("resourceVersion", "7");
    return new Action.Merge(
        Resource.RESTORES, Meta.of(object), Json.object(), subject, "a test wants it");
  }

  private Executor.Outcome carryOut(Action... actions) {
    requests.clear();
    return executor.execute(cluster.blueprint(), Meta.of(cluster.cluster()), List.of(actions));
  }

  private Executor.Outcome afterwards(Duration time, Action... actions) {
    now = now.plus(time);
    return carryOut(actions);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 403, 429, 500, 503, 504})
  void whatIsRefusedHoldsUpWhatDependsOnItAndNothingElse(int code) {
    refused.put("PATCH bad", new Refusal(code, "no", 0));

    Executor.Outcome outcome =
        carryOut(merge("bad", "c-1"), merge("after", "c-1"), merge("good", "c-2"), merge("x", ""));

    assertThat(requests)
        .contains("PATCH bad", "PATCH good", "PATCH x")
        .doesNotContain("PATCH after");
    assertThat(outcome.retry()).isEqualTo(Duration.ofSeconds(1));
    assertThat(outcome.stale()).isFalse();
  }

  /// It may never be, and somebody has to hear of that.
  @Test
  void whatIsNotKnownToBeElsewhereStaysAndIsLookedAtAgainAfterGrowingPauses() {
    ObjectNode claim = Json.object(Resource.PERSISTENT_VOLUME_CLAIMS, "db", "c-3");
    claim.withObject("/metadata").put("uid", "u").put("resourceVersion", "7");
    claim.withObject("/metadata/labels").put(Labels.INSTANCE_NAME, "c-3");
    var deletion =
        new Action.Delete(
            Resource.PERSISTENT_VOLUME_CLAIMS,
            Meta.of(claim),
            "c-3",
            Action.Guard.COPIED_ELSEWHERE,
            "3 instances exist, 2 are wanted");

    Executor.Outcome first = carryOut(deletion);
    Executor.Outcome second = afterwards(Duration.ofSeconds(1), deletion);
    Executor.Outcome third = afterwards(Duration.ofSeconds(2), deletion);

    assertThat(first.stale()).isFalse();
    assertThat(first.retry()).isEqualTo(Duration.ofSeconds(1));
    assertThat(first.failures()).isEmpty();
    assertThat(second.retry()).isEqualTo(Duration.ofSeconds(2));
    assertThat(third.failures())
        .singleElement()
        .asString()
        .contains("c-3 stays until the primary answers");
    assertThat(requests).noneMatch(request -> request.startsWith("DELETE"));
  }

  @Test
  void whatIsRefusedIsTriedAgainAfterGrowingPausesAndBehindEverythingElse() {
    refused.put("PATCH bad", new Refusal(500, "no", 0));
    Action[] actions = {merge("bad", "c-1"), merge("after", "c-1"), merge("good", "c-2")};
    carryOut(actions);

    assertThat(afterwards(Duration.ofMillis(900), actions).retry())
        .isEqualTo(Duration.ofMillis(100));
    assertThat(requests).containsExactly("PATCH good");

    assertThat(afterwards(Duration.ofMillis(100), actions).retry())
        .isEqualTo(Duration.ofSeconds(2));
    assertThat(requests).startsWith("PATCH good", "PATCH bad");

    refused.clear();
    assertThat(afterwards(Duration.ofSeconds(2), actions).retry()).isNull();
    assertThat(requests).containsExactly("PATCH good", "PATCH bad", "PATCH after");

    carryOut(actions);
    assertThat(requests).containsExactly("PATCH bad", "PATCH after", "PATCH good");
  }

  @Test
  void theServersOwnPauseCounts() {
    refused.put("PATCH bad", new Refusal(429, "no", 7));

    assertThat(carryOut(merge("bad", "c-1")).retry()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void aClockThatIsSetBackEndsThePause() {
    refused.put("PATCH bad", new Refusal(403, "no", 0));
    carryOut(merge("bad", "c-1"));

    afterwards(Duration.ofHours(-1), merge("bad", "c-1"));

    assertThat(requests).contains("PATCH bad");
  }

  @Test
  void anotherWishIsTriedAtOnce() {
    refused.put("PATCH bad", new Refusal(403, "no", 0));
    carryOut(merge("bad", "c-1"));
    Action.Merge same = merge("bad", "c-1");
    var other =
        new Action.Merge(
            same.resource(), same.meta(), Tree.map("spec", "other"), "c-1", same.reason());

    carryOut(other);

    assertThat(requests).contains("PATCH bad");
  }

  /// It names the object and what the server says, and it does so although nothing is tried.
  @Test
  void aRefusalIsToldAtOnceAndDuringItsPause() {
    refused.put("PATCH bad", new Refusal(403, "exceeded quota: few", 0));

    for (var outcome : List.of(carryOut(merge("bad", "c-1")), carryOut(merge("bad", "c-1")))) {
      assertThat(outcome.failures())
          .singleElement()
          .extracting(Executor.Failure::text)
          .asString()
          .contains("Restore bad", "exceeded quota", "kubectl describe quota -n db");
    }
  }

  /// What may be over in a moment is nobody's business but the log's.
  @Test
  void troubleOfTheServerIsToldWhenItLasts() {
    refused.put("PATCH bad", new Refusal(500, "failed calling webhook \"w\"", 0));

    assertThat(carryOut(merge("bad", "c-1")).failures()).isEmpty();
    assertThat(afterwards(Duration.ofMinutes(1), merge("bad", "c-1")).failures()).isEmpty();
    assertThat(afterwards(Duration.ofMinutes(1), merge("bad", "c-1")).failures())
        .singleElement()
        .extracting(Executor.Failure::text)
        .asString()
        .contains("Restore bad", "failed calling webhook", "mend the webhook");
  }

  /// Then nothing is known about the actions: the whole pass is made again.
  @Test
  void aServerThatAsksForPatienceAboutEverythingIsHeard() {
    refused.put("PATCH bad", new Refusal(429, "too many", 3));
    refused.put("GET c", new Refusal(429, "too many", 3));

    assertThatThrownBy(() -> carryOut(merge("bad", "c-1"), merge("good", "c-2")))
        .isInstanceOfSatisfying(
            KubeException.class, e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(3)));
    assertThat(requests).doesNotContain("PATCH good");
  }
}
