// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Sends the same requests to this server that were sent to a real kube-apiserver, whose answers
/// `*.golden.json` record. To record anew: `-Dhowdah.oracle.kubeconfig=<file> -Dgolden.update`;
/// with only the first, that server is compared with the records instead.
class ConformanceIT {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(
              SerializationFeature.INDENT_OUTPUT, SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();
  private static final Path RESOURCES =
      Path.of("src/test/resources/dev/howdah/apiserver/conformance");
  private static final boolean UPDATE = System.getProperty("golden.update") != null;

  @TempDir private static Path folder;
  private static ApiServer server;
  private static HttpTarget target;

  @BeforeAll
  static void start() throws Exception {
    var oracle = System.getProperty("howdah.oracle.kubeconfig");
    if (oracle == null) {
      server =
          ApiServer.start(
              new ApiServer.Settings(folder.resolve("data"), "127.0.0.1", 0),
              List.of(),
              PodBackend.none());
      server.writeKubeconfig(folder.resolve("kubeconfig"));
    }
    target = new HttpTarget(oracle == null ? folder.resolve("kubeconfig") : Path.of(oracle));
    for (var file : List.of("crd-widgets.json", "crd-gadgets.json", "crd-rules.json")) {
      try (var in = Objects.requireNonNull(ConformanceIT.class.getResourceAsStream(file))) {
        target.send(
            "POST",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            "application/json",
            new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> appliesAsKubernetes() throws Exception {
    return compare("apply");
  }

  @TestFactory
  Stream<DynamicTest> validatesAsKubernetes() throws Exception {
    return compare("validate");
  }

  @TestFactory
  Stream<DynamicTest> evaluatesRulesAsKubernetes() throws Exception {
    return compare("rules");
  }

  private static Stream<DynamicTest> compare(String file) throws Exception {
    var path = RESOURCES.resolve(file + ".golden.json");
    var golden =
        Files.exists(path) ? (ObjectNode) JSON.readTree(path.toFile()) : JSON.createObjectNode();
    return Scenario.read(file + ".yaml").stream()
        .map(scenario ->
            DynamicTest.dynamicTest(
                scenario.name(),
                () -> {
                  var answers = run(scenario);
                  if (UPDATE) {
                    golden.set(scenario.name(), answers);
                    JSON.writeValue(path.toFile(), golden);
                    return;
                  }
                  var name = "c" + Integer.toHexString(scenario.name().hashCode());
                  var actual = Path.of("target/conformance/" + name + ".json");
                  Files.createDirectories(actual.getParent());
                  JSON.writeValue(actual.toFile(), answers);
                  assertThat(readable(answers)).isEqualTo(readable(golden.path(scenario.name())));
                }));
  }

  private static JsonNode run(Scenario scenario) throws IOException {
    var namespace =
        "c%s-%s"
            .formatted(
                Integer.toHexString(scenario.name().hashCode()),
                Long.toString(System.nanoTime(), 36));
    target.send(
        "POST",
        "/api/v1/namespaces",
        "application/json",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}"
            .formatted(namespace));
    try {
      return scenario.run(target, namespace);
    } finally {
      target.send("DELETE", "/api/v1/namespaces/" + namespace, "application/json", "");
    }
  }

  private static String readable(JsonNode value) throws IOException {
    return JSON.writeValueAsString(JSON.treeToValue(value, Object.class));
  }
}
