// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

@EnabledIf("dev.howdah.apiserver.Kubectl#installed")
class StreamsIT {
  private static final TestPods PODS = new TestPods();
  private static ThrowawayServer server;
  private static Kubectl kubectl;
  private static ServerSocket echo;

  @BeforeAll
  static void start() throws IOException {
    server = ThrowawayServer.start(List.of(), PODS);
    kubectl = new Kubectl(server.kubeconfig());
    try (var client = TestClient.admin(server.server())) {
      client.post(
          "/api/v1/namespaces/default/pods",
          "{metadata: {name: one}, spec: {nodeName: n, containers: [{name: c, image: i}]}}");
      client.post(
          "/api/v1/namespaces/default/pods",
          "{metadata: {name: two}, spec: {nodeName: n, containers: [{name: a, image: i}, {name: b, image: i}]}}");
      for (var name : List.of("one", "two")) {
        client.merge(
            "/api/v1/namespaces/default/pods/" + name + "/status",
            "{status: {phase: Running, podIP: 127.0.0.1, conditions: [{type: Ready, status: 'True'}]}}");
      }
    }
    echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    PODS.localPort = echo.getLocalPort();
    Thread.ofVirtual().start(StreamsIT::serveEcho);
  }

  private static void serveEcho() {
    while (!echo.isClosed()) {
      try {
        var socket = echo.accept();
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                socket.getInputStream().transferTo(socket.getOutputStream());
              } catch (IOException _) {
                // the client left
              }
            });
      } catch (IOException _) {
        return;
      }
    }
  }

  @AfterAll
  static void stop() throws IOException {
    echo.close();
    server.close();
  }

  @Test
  void showsLogs() {
    assertThat(kubectl.ok("logs one")).isEqualTo("container c of one\n");
    assertThat(kubectl.ok("logs two -c b")).isEqualTo("container b of two\n");
    assertThat(kubectl.fails("logs one -p")).contains("previous terminated container not found");
    assertThat(kubectl.fails("logs two -c x")).contains("container x is not valid for pod two");
    assertThat(kubectl.fails("logs three")).contains("pods \"three\" not found");
  }

  @Test
  void followsLogsUntilTheClientLeaves() throws IOException, InterruptedException {
    PODS.interrupted = false;
    var process = kubectl.start(List.of("logs", "-f", "one"), Map.of());
    var out = new BufferedReader(new InputStreamReader(process.getInputStream()));
    assertThat(out.readLine()).isEqualTo("container c of one");
    PODS.lines.add("more");
    assertThat(out.readLine()).isEqualTo("more");

    process.destroy();

    process.waitFor();
    await().atMost(Duration.ofSeconds(60)).until(() -> PODS.interrupted);
  }

  @Test
  void runsPrograms() {
    assertThat(kubectl.ok("exec one -- echo hello")).isEqualTo("hello\n");
    var failed = kubectl.run("exec", "one", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
    assertThat(failed.code()).isEqualTo(7);
    assertThat(failed.out()).isEqualTo("out\n");
    assertThat(failed.err()).contains("err\n").contains("exit code 7");
    assertThat(kubectl.fails("exec one -- nosuch")).contains("no such program");
    assertThat(kubectl.okWith("abc", "exec -i one -- cat")).isEqualTo("abc");
    assertThat(kubectl.ok("exec two -c b -- true")).isEmpty();
  }

  /// kubectl may discard what comes before its streams are there.
  @Test
  void saysNothingBeforeTheClientHasShownThatItReads() throws Exception {
    var seen = new LinkedBlockingQueue<String>();
    try (var client = TestClient.admin(server.server())) {
      var uri =
          URI.create(
              client.server().toString().replace("https", "wss")
                  + "/api/v1/namespaces/default/pods/one/exec?command=echo&command=hi&stdout=true");
      client
          .webSocket()
          .subprotocols("v5.channel.k8s.io")
          .buildAsync(
              uri,
              new WebSocket.Listener() {
                @Override
                public CompletionStage<?> onPing(WebSocket ws, ByteBuffer message) {
                  seen.add("ping");
                  ws.request(1);
                  return null;
                }

                @Override
                public CompletionStage<?> onBinary(WebSocket ws, ByteBuffer data, boolean last) {
                  seen.add("channel " + data.get(data.position()));
                  ws.request(1);
                  return null;
                }
              })
          .get(60, TimeUnit.SECONDS);

      assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo("ping");
      assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo("channel 1");
    }
  }

  @Test
  void carriesMuchInBothDirections() {
    var text = "0123456789abcdef\n".repeat(100_000);

    assertThat(kubectl.okWith(text, "exec -i one -- cat")).isEqualTo(text);
  }

  @Test
  void attaches() {
    assertThat(kubectl.ok("attach one")).contains("attached");
  }

  @Test
  void copiesFilesBothWays(@TempDir Path folder) throws IOException {
    var bytes = new byte[300_000];
    new Random(7).nextBytes(bytes);
    var source = Files.write(folder.resolve("source"), bytes);
    var there = folder.resolve("there");
    var back = folder.resolve("back");

    kubectl.ok("cp %s one:%s".formatted(source, there));
    kubectl.ok("cp one:%s %s".formatted(there, back));

    assertThat(there).hasBinaryContent(bytes);
    assertThat(back).hasBinaryContent(bytes);
  }

  @Test
  void forwardsPorts() throws IOException, InterruptedException {
    var process = kubectl.start(List.of("port-forward", "pod/one", ":5432"), Map.of());
    try {
      var out = new BufferedReader(new InputStreamReader(process.getInputStream()));
      var matcher = Pattern.compile("127.0.0.1:(\\d+) -> 5432").matcher(out.readLine());
      assertThat(matcher.find()).isTrue();
      var port = Integer.parseInt(matcher.group(1));

      for (var round = 0; round < 3; round++) {
        try (var socket = new Socket("127.0.0.1", port)) {
          var text = ("round " + round + "x".repeat(100_000)).getBytes(StandardCharsets.UTF_8);
          var writer =
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      socket.getOutputStream().write(text);
                      socket.shutdownOutput();
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
          assertThat(socket.getInputStream().readNBytes(text.length)).isEqualTo(text);
          writer.join();
        }
      }
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  @Test
  void saysWhyAPortCannotBeForwarded() throws IOException, InterruptedException {
    var process = kubectl.start(List.of("port-forward", "pod/one", ":9"), Map.of());
    try {
      var out = new BufferedReader(new InputStreamReader(process.getInputStream()));
      var matcher = Pattern.compile("127.0.0.1:(\\d+) -> 9").matcher(out.readLine());
      assertThat(matcher.find()).isTrue();
      try (var socket = new Socket("127.0.0.1", Integer.parseInt(matcher.group(1)))) {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      var err = new BufferedReader(new InputStreamReader(process.getErrorStream()));
      assertThat(err.readLine()).contains("error forwarding port 9").contains("connection refused");
    } finally {
      process.destroy();
      process.waitFor();
    }
  }
}
