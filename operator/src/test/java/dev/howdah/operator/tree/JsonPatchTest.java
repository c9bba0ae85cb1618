// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonPatchTest {
  private static JsonNode tree(String text) throws Exception {
    return Json.mapper().readTree(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{'op':'add','path':'/b','value':1}]                    | {'a':[1,2],'b':1}",
        "[{'op':'add','path':'/a/-','value':3}]                  | {'a':[1,2,3]}",
        "[{'op':'add','path':'/a/0','value':0}]                  | {'a':[0,1,2]}",
        "[{'op':'remove','path':'/a/1'}]                         | {'a':[1]}",
        "[{'op':'replace','path':'/a','value':'x'}]              | {'a':'x'}",
        "[{'op':'move','from':'/a','path':'/c~1d'}]              | {'c/d':[1,2]}",
        "[{'op':'copy','from':'/a/0','path':'/c'}]               | {'a':[1,2],'c':1}",
        "[{'op':'test','path':'/a/0','value':1}]                 | {'a':[1,2]}",
      })
  void appliesEachOperation(String patch, String expected) throws Exception {
    assertThat(JsonPatch.apply(patch.replace('\'', '"'), tree("{\"a\":[1,2]}")))
        .isEqualTo(tree(expected.replace('\'', '"')));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                          | a JSON patch is a list of operations",
        "nonsense                                    | not JSON",
        "[{'op':'add','path':'/a/9','value':1}]      | operation 0: 9 is no index of the list",
        "[{'op':'remove','path':'/x'}]               | operation 0: /x does not exist",
        "[{'op':'test','path':'/a/0','value':2}]     | operation 0: the test of /a/0 fails",
        "[{'op':'add','path':'/b'}]                  | operation 0: it has no value",
        "[{'op':'grow','path':'/b'}]                 | operation 0: unknown op",
      })
  void saysWhatDoesNotFit(String patch, String reason) throws Exception {
    JsonNode document = tree("{\"a\":[1,2]}");

    assertThatThrownBy(() -> JsonPatch.apply(patch.replace('\'', '"'), document))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
    assertThat(document).isEqualTo(tree("{\"a\":[1,2]}"));
  }

  @Test
  void aLackIsNamedWithBothValues() throws Exception {
    JsonNode wanted = tree("{\"spec\":{\"selector\":{\"role\":\"primary\"},\"list\":[1]}}");

    assertThat(
            Tree.firstLack(
                wanted, tree("{\"spec\":{\"selector\":{\"role\":\"replica\"},\"list\":[1]}}")))
        .contains("spec.selector.role is \"replica\" instead of \"primary\"");
    assertThat(
            Tree.firstLack(
                wanted, tree("{\"spec\":{\"selector\":{\"role\":\"primary\"},\"list\":[1,2]}}")))
        .contains("spec.list has 2 entries instead of 1");
    assertThat(
            Tree.firstLack(
                wanted,
                tree(
                    "{\"spec\":{\"selector\":{\"role\":\"primary\",\"x\":1},\"list\":[1]},\"more\":1}")))
        .isEmpty();
  }
}
