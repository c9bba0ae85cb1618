// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.openapi.OpenApi.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OpenApiTest {
  private static final JsonMapper JSON = new JsonMapper();

  private final ObjectNode definition = widgets();
  private final OpenApi openApi =
      new OpenApi(
          List.of(
              new Resource("", "v1", "pods", "Pod", true, List.of("status")),
              new Resource("", "v1", "namespaces", "Namespace", false, List.of("status")),
              new Resource("apps", "v1", "deployments", "Deployment", true, List.of("status"))),
          () -> List.of(definition));

  private static ObjectNode widgets() {
    try (var in =
        Objects.requireNonNull(
            OpenApiTest.class.getResourceAsStream("../conformance/crd-widgets.json"))) {
      var definition = (ObjectNode) JSON.readTree(in);
      definition.withObjectProperty("metadata").put("uid", "u").put("generation", 1);
      return definition;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void namesADocumentPerGroupAndVersion() {
    var paths = openApi.index().path("paths");

    assertThat(paths.propertyStream().map(each -> each.getKey()))
        .containsExactly("api/v1", "apis/apps/v1", "apis/test.howdah.dev/v1");
    assertThat(paths.at("/apis~1apps~1v1/serverRelativeURL").asText())
        .startsWith("/openapi/v3/apis/apps/v1?hash=");
    assertThat(openApi.document("apis/nothing/v1")).isNull();
  }

  @Test
  void refersOnlyToSchemasInTheSameDocument() throws IOException {
    for (var path : List.of("api/v1", "apis/apps/v1", "apis/test.howdah.dev/v1")) {
      var document = read(path);
      var names = document.at("/components/schemas").propertyStream().map(e -> e.getKey()).toList();

      for (var reference : document.findValuesAsText("$ref")) {
        assertThat(names).contains(reference.replace("#/components/schemas/", ""));
      }
      assertThat(document.findValues("ref").stream().filter(JsonNode::isTextual)).isEmpty();
    }
  }

  @Test
  void describesBuiltInFields() throws IOException {
    var replicas =
        read("apis/apps/v1")
            .at("/components/schemas/io.k8s.api.apps.v1.DeploymentSpec/properties/replicas");

    assertThat(replicas.path("type").asText()).isEqualTo("integer");
    assertThat(replicas.path("description").asText()).startsWith("Number of desired pods.");
  }

  @Test
  void saysWhatKubectlLooksForBeforeItPatches() throws IOException {
    var document = read("apis/test.howdah.dev/v1");
    var item =
        document.at(
            "/paths/~1apis~1test.howdah.dev~1v1~1namespaces~1{namespace}~1widgets~1{name}/patch");

    assertThat(item.at("/x-kubernetes-group-version-kind/kind").asText()).isEqualTo("Widget");
    assertThat(item.findValuesAsText("name")).contains("dryRun", "fieldValidation");
    assertThat(item.at("/requestBody/content").has("application/strategic-merge-patch+json"))
        .isFalse();
    var schema = document.at("/components/schemas/dev.howdah.test.v1.Widget");
    assertThat(schema.at("/x-kubernetes-group-version-kind/0/kind").asText()).isEqualTo("Widget");
    assertThat(schema.at("/properties/spec/properties/limits/additionalProperties/anyOf").size())
        .isEqualTo(2);
  }

  @Test
  void changesItsTagWithTheDefinition() {
    var path = "apis/test.howdah.dev/v1";
    var before = Objects.requireNonNull(openApi.document(path)).etag();
    var again = Objects.requireNonNull(openApi.document(path)).etag();

    definition.withObjectProperty("metadata").put("generation", 2);

    assertThat(again).isEqualTo(before);
    assertThat(Objects.requireNonNull(openApi.document(path)).etag()).isNotEqualTo(before);
  }

  private JsonNode read(String path) throws IOException {
    var body = Objects.requireNonNull(openApi.document(path)).body();
    var dump = System.getProperty("howdah.openapi.dump");
    if (dump != null) {
      Files.write(Path.of(dump).resolve(path.replace('/', '_') + ".json"), body);
    }
    return JSON.readTree(body);
  }
}
