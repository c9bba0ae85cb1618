// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.howdah.podruntime.process.Tools;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What people do with kubectl to running pods.
@Timeout(300)
class KubectlIT {
  private static LocalCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    assumeThat(Tools.find("kubectl")).isPresent();
    cluster = new LocalCluster();
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: shell}
        spec:
          terminationGracePeriodSeconds: 0
          volumes: [{name: data, emptyDir: {}}]
          containers:
          - name: main
            image: 'ghcr.io/cloudnative-pg/postgresql:15'
            command: [sh, -c, 'echo one; echo two; sleep 1000']
            env: [{name: WHO, value: shell}]
            volumeMounts: [{name: data, mountPath: /data}]
        """);
    cluster.awaitReady("shell");
    cluster.awaitLog("shell", "one\ntwo\n");
  }

  @AfterAll
  static void stop() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }

  private record Result(int code, String out) {}

  private static ProcessBuilder kubectl(String... arguments) {
    var command =
        new ArrayList<>(List.of("kubectl", "--kubeconfig", cluster.kubeconfig().toString()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HOME", cluster.home().toString());
    return builder;
  }

  private static Result run(String input, String... arguments) throws Exception {
    Process process = kubectl(arguments).start();
    process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), out);
  }

  @Test
  void execPassesInputEnvironmentAndExitStatus() throws Exception {
    assertThat(run("hello", "exec", "-i", "shell", "--", "sh", "-c", "cat; echo \" $WHO\"; exit 3"))
        .satisfies(result -> assertThat(result.out()).startsWith("hello shell"))
        .satisfies(result -> assertThat(result.code()).isEqualTo(3));
    assertThat(run("", "exec", "shell", "--", "psql", "--version").out())
        .contains("(PostgreSQL) 15");
    assertThat(run("", "exec", "shell", "--", "nonsense").code()).isNotZero();
  }

  @Test
  void execGivesATerminal() throws Exception {
    var builder =
        kubectl(
            "exec",
            "-it",
            "shell",
            "--",
            "sh",
            "-c",
            "test -t 0 && echo terminal; while [ \"$(stty size)\" = \"0 0\" ]; do sleep 0.05; done; stty size");
    String line = String.join(" ", builder.command().stream().map(a -> "'" + a + "'").toList());
    Process process =
        new ProcessBuilder("script", "-qec", "stty rows 40 cols 90; " + line, "/dev/null")
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    assertThat(out).contains("terminal").contains("40 90");
  }

  @Test
  void logsCanBeCutAndStamped() throws Exception {
    assertThat(run("", "logs", "shell").out()).isEqualTo("one\ntwo\n");
    assertThat(run("", "logs", "shell", "--tail=1").out()).isEqualTo("two\n");
    assertThat(run("", "logs", "shell", "--timestamps", "--tail=1").out())
        .matches("\\d{4}-\\d\\d-\\d\\dT.*Z two\n");
    assertThat(run("", "logs", "shell", "--since=1h").out()).isEqualTo("one\ntwo\n");
    assertThat(run("", "logs", "shell", "--previous").out())
        .contains("previous terminated container \"main\" in pod \"shell\" not found");
  }

  @Test
  void cpCopiesBothWays() throws Exception {
    Path file = cluster.home().resolveSibling("local.txt");
    Files.writeString(file, "copied");

    assertThat(run("", "cp", file.toString(), "shell:/data/there.txt"))
        .isEqualTo(new Result(0, ""));
    assertThat(run("", "exec", "shell", "--", "cat", "/data/there.txt").out()).isEqualTo("copied");
    assertThat(run("", "cp", "shell:/data/there.txt", file + ".back").code()).isZero();

    assertThat(Path.of(file + ".back")).hasContent("copied");
  }

  @Test
  void portForwardReachesThePod() throws Exception {
    String ip = cluster.pod("shell").path("status").path("podIP").asText();
    try (var server = new java.net.ServerSocket(7070, 5, java.net.InetAddress.getByName(ip))) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket socket = server.accept()) {
              socket.getOutputStream().write("through\n".getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      Process forward = kubectl("port-forward", "pod/shell", ":7070").start();
      try {
        var lines = new BufferedReader(new InputStreamReader(forward.getInputStream()));
        String line = lines.readLine();
        int port = Integer.parseInt(line.replaceAll(".*127\\.0\\.0\\.1:(\\d+) .*", "$1"));
        try (var socket = new Socket("127.0.0.1", port)) {
          assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine())
              .isEqualTo("through");
        }
      } finally {
        forward.destroy();
        forward.waitFor();
      }
    }
  }

  @Test
  void runGivesAnInteractivePodThatGoesAfterwards() throws Exception {
    var result =
        run(
            "echo from-stdin\nexit 5\n",
            "run",
            "tmp",
            "--rm",
            "-i",
            "--restart=Never",
            "--image=busybox",
            "--",
            "sh");

    assertThat(result.out()).contains("from-stdin");
    cluster.awaitGone(dev.howdah.kube.Resource.PODS, "tmp");
  }
}
