// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Compares answers with those of a real kube-apiserver, which `*.golden.json` record. To record
/// anew: `-Dhowdah.oracle.kubeconfig=<file> -Dgolden.update`; with only the first, the goldens
/// themselves are checked against that server.
class ConformanceTest {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(
              SerializationFeature.INDENT_OUTPUT, SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();
  private static final Path RESOURCES =
      Path.of("src/test/resources/dev/howdah/apiserver/conformance");

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
    var golden = golden(file);
    var oracle = System.getProperty("howdah.oracle.kubeconfig");
    return Scenario.read(file + ".yaml").stream()
        .map(scenario ->
            DynamicTest.dynamicTest(
                scenario.name(),
                () -> {
                  var name = "c" + Integer.toHexString(scenario.name().hashCode());
                  if (oracle == null) {
                    var answers = scenario.run(new PatchTarget(), name);
                    var actual = Path.of("target/conformance/" + name + ".json");
                    Files.createDirectories(actual.getParent());
                    JSON.writeValue(actual.toFile(), answers);
                    assertThat(readable(PatchTarget.comparable(answers)))
                        .isEqualTo(readable(PatchTarget.comparable(golden.path(scenario.name()))));
                    return;
                  }
                  var answers = onOracle(new HttpTarget(Path.of(oracle)), scenario, name);
                  if (System.getProperty("golden.update") != null) {
                    golden.set(scenario.name(), answers);
                    JSON.writeValue(RESOURCES.resolve(file + ".golden.json").toFile(), golden);
                  } else {
                    assertThat(readable(answers)).isEqualTo(readable(golden.path(scenario.name())));
                  }
                }));
  }

  private static JsonNode onOracle(HttpTarget oracle, Scenario scenario, String name)
      throws IOException {
    var namespace = name + "-" + Long.toString(System.nanoTime(), 36);
    for (var file : List.of("crd-widgets.json", "crd-gadgets.json", "crd-rules.json")) {
      var definition = ConformanceTest.class.getResourceAsStream(file);
      if (definition != null) {
        oracle.send(
            "POST",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            "application/json",
            new String(definition.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    oracle.send(
        "POST",
        "/api/v1/namespaces",
        "application/json",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}"
            .formatted(namespace));
    try {
      return scenario.run(oracle, namespace);
    } finally {
      oracle.send("DELETE", "/api/v1/namespaces/" + namespace, "application/json", "");
    }
  }

  private static ObjectNode golden(String file) throws IOException {
    var path = RESOURCES.resolve(file + ".golden.json");
    return Files.exists(path) ? (ObjectNode) JSON.readTree(path.toFile()) : JSON.createObjectNode();
  }

  private static String readable(JsonNode value) throws IOException {
    return JSON.writeValueAsString(JSON.treeToValue(value, Object.class));
  }
}
