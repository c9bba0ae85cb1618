// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.howdah.apiserver.schema.Schema;
import dev.howdah.apiserver.schema.Schemas;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PatchTest {
  private static final JsonMapper YAML = new JsonMapper(new YAMLFactory());
  private static final Schema POD =
      Objects.requireNonNull(Schemas.builtIn().kind("v1", "Pod")).schema();
  private static final Schema DEPLOYMENT =
      Objects.requireNonNull(Schemas.builtIn().kind("apps/v1", "Deployment")).schema();

  @Test
  void appliesAllOperationsOfAJsonPatchInOrder() throws IOException {
    var patched =
        JsonPatch.apply(
            object("{a: {b: [1, 3]}, c: x}"),
            yaml(
                """
                - {op: test, path: /a/b/0, value: 1.0}
                - {op: add, path: /a/b/1, value: 2}
                - {op: add, path: /a/b/-, value: 4}
                - {op: copy, from: /a/b, path: /d}
                - {op: move, from: /c, path: /a/c~1d}
                - {op: replace, path: /a/b, value: null}
                - {op: remove, path: /d/0}
                """));

    assertThat(patched).isEqualTo(object("{a: {b: null, c/d: x}, d: [2, 3, 4]}"));
  }

  @Test
  void refusesAJsonPatchThatDoesNotFit() throws IOException {
    for (var operation :
        new String[] {
          "{op: test, path: /a, value: 2}",
          "{op: remove, path: /missing}",
          "{op: replace, path: /missing, value: 1}",
          "{op: add, path: /missing/below, value: 1}",
          "{op: add, path: /list/5, value: 1}"
        }) {
      assertThatThrownBy(
              () -> JsonPatch.apply(object("{a: 1, list: []}"), yaml("[" + operation + "]")))
          .isInstanceOfSatisfying(
              PatchFailure.class, failure -> assertThat(failure.code()).isEqualTo(422));
    }
    assertThatThrownBy(() -> JsonPatch.apply(object("{}"), yaml("{a: 1}")))
        .isInstanceOfSatisfying(
            PatchFailure.class, failure -> assertThat(failure.code()).isEqualTo(400));
  }

  @Test
  void refusesCopiesThatDoubleAnObjectOverAndOver() {
    var doubling = new StringBuilder();
    for (var i = 0; i < 40; i++) {
      doubling.append("- {op: copy, from: /a, path: /a/x").append(i).append("}\n");
    }

    assertThat(refusal("{a: {b: text}}", doubling.toString())).contains("accumulated size");
  }

  /// What is nested more deeply than a body may be could be stored, and never be read again.
  @Test
  void refusesToNestAnObjectMoreDeeplyThanABodyMayBe() {
    var deeper = new StringBuilder();
    var path = new StringBuilder();
    for (var i = 0; i < 600; i++) {
      path.append("/a");
      deeper.append("- {op: add, path: ").append(path).append(", value: {}}\n");
    }

    assertThat(refusal("{}", deeper.toString())).contains("nested more than 500 levels deep");
  }

  private static String refusal(String object, String patch) {
    var failure =
        catchThrowableOfType(
            PatchFailure.class, () -> JsonPatch.apply(object(object), yaml(patch)));
    assertThat(failure.code()).isEqualTo(422);
    return failure.causes().toString();
  }

  @Test
  void mergesObjectsAndReplacesListsByAMergePatch() throws IOException {
    var patched =
        MergePatch.apply(
            object("{a: {b: 1, c: 2}, l: [1, 2], s: x}"),
            yaml("{a: {b: null, d: 3}, l: [3], s: {t: null, u: 1}, n: {x: null}}"));

    assertThat(patched).isEqualTo(object("{a: {c: 2, d: 3}, l: [3], s: {u: 1}, n: {}}"));
  }

  @Test
  void mergesItemsByTheirKey() throws IOException {
    var patched =
        strategic(
            "{spec: {containers: [{name: a, image: x, env: [{name: E, value: '1'}]}, {name: b}]}}",
            "{spec: {containers: [{name: a, image: y, env: [{name: F, value: '2'}]}]}}");

    var first = patched.at("/spec/containers/0");
    assertThat(first.path("image").asText()).isEqualTo("y");
    assertThat(first.path("env").findValuesAsText("name")).containsExactlyInAnyOrder("E", "F");
    assertThat(names(patched)).containsExactly("a", "b");
  }

  @Test
  void deletesAndReplacesItemsByDirectives() throws IOException {
    var pod = "{spec: {containers: [{name: a, image: x}, {name: b}, {name: c}]}}";

    assertThat(names(strategic(pod, "{spec: {containers: [{$patch: delete, name: b}]}}")))
        .containsExactly("a", "c");
    assertThat(
            names(strategic(pod, "{spec: {containers: [{$patch: replace}, {name: z, image: i}]}}")))
        .containsExactly("z");
    assertThat(strategic(pod, "{spec: {$patch: replace, nodeName: n}}").path("spec"))
        .isEqualTo(object("{nodeName: n}"));
    assertThat(strategic(pod, "{spec: {$patch: delete}}").path("spec")).isEmpty();
  }

  @Test
  void ordersItemsAsAsked() throws IOException {
    var patched =
        strategic(
            "{spec: {containers: [{name: a}, {name: server}, {name: b}]}}",
            """
            {spec: {$setElementOrder/containers: [{name: b}, {name: new}, {name: a}],
             containers: [{name: new, image: i}]}}
            """);

    assertThat(names(patched)).containsSubsequence("b", "new", "a").contains("server");
  }

  @Test
  void addsToAndDeletesFromListsOfScalars() throws IOException {
    var patched =
        strategic(
            "{metadata: {finalizers: [a, b, c]}}",
            "{metadata: {$deleteFromPrimitiveList/finalizers: [b], finalizers: [d, a]}}");

    assertThat(patched.at("/metadata/finalizers").valueStream().map(JsonNode::asText))
        .containsExactlyInAnyOrder("a", "c", "d");
  }

  @Test
  void retainsOnlyTheKeysThatAreNamed() throws IOException {
    var patched =
        StrategicMergePatch.apply(
            object("{spec: {strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}}}"),
            yaml("{spec: {strategy: {$retainKeys: [type], type: Recreate}}}"),
            DEPLOYMENT);

    assertThat(patched.at("/spec/strategy")).isEqualTo(object("{type: Recreate}"));
  }

  @Test
  void leavesItsArgumentsAlone() throws IOException {
    var live = object("{spec: {containers: [{name: a}]}}");
    var patch = yaml("{spec: {containers: [{$patch: delete, name: a}]}}");

    StrategicMergePatch.apply(live, patch, POD);

    assertThat(live).isEqualTo(object("{spec: {containers: [{name: a}]}}"));
    assertThat(patch).isEqualTo(yaml("{spec: {containers: [{$patch: delete, name: a}]}}"));
  }

  @Test
  void refusesItemsWithoutTheirKeyAndUnknownDirectives() {
    assertThatThrownBy(
            () -> strategic("{spec: {containers: []}}", "{spec: {containers: [{image: x}]}}"))
        .isInstanceOf(PatchFailure.class)
        .hasMessageContaining("does not contain declared merge key: name");
    assertThatThrownBy(() -> strategic("{spec: {}}", "{spec: {$patch: explode}}"))
        .isInstanceOf(PatchFailure.class);
  }

  private static ObjectNode strategic(String object, String patch) throws IOException {
    return StrategicMergePatch.apply(object(object), yaml(patch), POD);
  }

  private static List<String> names(ObjectNode pod) {
    return pod.at("/spec/containers").valueStream().map(c -> c.path("name").asText()).toList();
  }

  private static ObjectNode object(String text) throws IOException {
    return (ObjectNode) yaml(text);
  }

  private static JsonNode yaml(String text) throws IOException {
    return YAML.readTree(text);
  }
}
