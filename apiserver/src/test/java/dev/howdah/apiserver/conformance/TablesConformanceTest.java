// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.howdah.apiserver.table.Tables;
import dev.howdah.apiserver.table.Tables.Columns;
import dev.howdah.apiserver.table.Tables.IncludeObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Compares tables with those of a real kube-apiserver, which `tables.golden.json` records together
/// with the objects they show; recorded like the scenarios of [ConformanceIT].
class TablesConformanceTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonMapper YAML = new JsonMapper(new YAMLFactory());
  private static final Path GOLDEN =
      Path.of("src/test/resources/dev/howdah/apiserver/conformance/tables.golden.json");

  @TestFactory
  Stream<DynamicTest> showsAsKubernetes() throws Exception {
    var oracle = System.getProperty("howdah.oracle.kubeconfig");
    if (oracle != null) {
      record(new HttpTarget(Path.of(oracle)));
    }
    return JSON.readTree(GOLDEN.toFile())
        .propertyStream()
        .map(each ->
            DynamicTest.dynamicTest(each.getKey(), () -> compare(each.getKey(), each.getValue())));
  }

  private static void compare(String path, JsonNode recorded) throws IOException {
    var now = Instant.parse(recorded.path("now").asText());
    var list = (ObjectNode) recorded.path("list");
    var expected = recorded.path("table");

    var table = Tables.render(list, columns(path), IncludeObject.NONE, now);

    assertThat(heads(table)).isEqualTo(heads(expected));
    for (var i = 0; i < expected.path("rows").size(); i++) {
      var cells = new ArrayList<String>();
      var wanted = new ArrayList<String>();
      table.path("rows").path(i).path("cells").forEach(cell -> cells.add(timeless(cell)));
      expected.path("rows").path(i).path("cells").forEach(cell -> wanted.add(timeless(cell)));
      assertThat(cells).isEqualTo(wanted);
    }
  }

  private static String timeless(JsonNode cell) {
    return cell.toString().replaceAll("^\"\\d+s\"$", "\"seconds\"");
  }

  private static List<String> heads(JsonNode table) {
    return table
        .path("columnDefinitions")
        .valueStream()
        .map(each ->
            "%s %s %s %s"
                .formatted(
                    each.path("name").asText(),
                    each.path("type").asText(),
                    each.path("format").asText(),
                    each.path("priority")))
        .toList();
  }

  private static Columns columns(String path) throws IOException {
    var parts = path.split("/");
    var resource = parts[parts.length - 1];
    if (!path.contains("test.howdah.dev")) {
      return Tables.builtIn(path.startsWith("/api/") ? "" : parts[2], resource);
    }
    try (var in =
        Objects.requireNonNull(
            TablesConformanceTest.class.getResourceAsStream("crd-" + resource + ".json"))) {
      return Tables.customResource((ObjectNode) JSON.readTree(in).at("/spec/versions/0"));
    }
  }

  private static void record(HttpTarget oracle) throws IOException {
    var namespace = "tables-" + Long.toString(System.nanoTime(), 36);
    var paths = new LinkedHashMap<String, String>();
    oracle.send(
        "POST",
        "/api/v1/namespaces",
        "application/json",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}"
            .formatted(namespace));
    try (var in =
        Objects.requireNonNull(TablesConformanceTest.class.getResourceAsStream("tables.yaml"))) {
      for (var step : YAML.readTree(in)) {
        var path = step.path("do").asText().replace("POST ", "");
        var real = path.replace("{ns}", namespace);
        var body = step.path("body").toString().replace("{ns}", namespace);
        var answer = oracle.send("POST", real, "application/json", body);
        assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
        if (step.has("status")) {
          var status = JSON.createObjectNode().set("status", step.path("status"));
          var name = answer.body().at("/metadata/name").asText();
          var written =
              oracle.send(
                  "PATCH",
                  real + "/" + name + "/status",
                  "application/merge-patch+json",
                  status.toString());
          assertThat(written.code()).as(written.body().toString()).isEqualTo(200);
        }
        paths.put(path.replace("/namespaces/{ns}", ""), real);
      }
    }
    write(oracle, namespace, paths);
  }

  private static void write(HttpTarget oracle, String namespace, Map<String, String> paths)
      throws IOException {
    var golden = JSON.createObjectNode();
    for (var path : paths.entrySet()) {
      var list = oracle.send("GET", path.getValue(), "", "").body();
      var table = oracle.get(path.getValue(), "application/json;as=Table;v=v1;g=meta.k8s.io");
      for (var item : list.path("items")) {
        ((ObjectNode) item.path("metadata")).remove("managedFields");
      }
      for (var row : table.path("rows")) {
        ((ObjectNode) row).remove("object");
      }
      for (var head : table.path("columnDefinitions")) {
        ((ObjectNode) head).remove("description");
      }
      var entry = golden.putObject(path.getKey()).put("now", Instant.now().toString());
      entry.set("list", list);
      entry.set("table", table);
    }
    Files.writeString(
        GOLDEN,
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(golden).replace(namespace, "ns"));
    oracle.send("DELETE", "/api/v1/namespaces/" + namespace, "", "");
    for (var path : List.of("persistentvolumes/pv", "nodes/n")) {
      oracle.send("DELETE", "/api/v1/" + path + "-" + namespace, "", "");
    }
  }
}
