// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.apiserver.json.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
  private static final Map<String, String> LABELS =
      Map.of("app", "db", "example.com/role", "primary", "empty", "");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app=db | true",
        "app==db | true",
        "app = db , example.com/role = primary | true",
        "app!=db | false",
        "missing!=db | true",
        "app in (web, db) | true",
        "app in (web) | false",
        "app notin (web,x),app | true",
        "missing notin (web) | true",
        "app | true",
        "missing | false",
        "!missing | true",
        "!app | false",
        "empty= | true",
        "empty | true",
        "in=x | false",
        "app in (db),!missing,empty | true",
      })
  void matchesLabels(String selector, boolean expected) {
    assertThat(LabelSelector.parse(selector).matches(LABELS)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=b=c", "=b", "a in b", "a,", "a in (b", "!", "a b"})
  void refusesNonsense(String selector) {
    assertThatThrownBy(() -> LabelSelector.parse(selector))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a=-",
        "a=b-",
        "a=b/c",
        "a in (b,.c)",
        "a!=_",
        "a/b/c=d",
        "A.com/b",
        "!-a/b",
        "a/b.=c",
        "k234567890123456789012345678901234567890123456789012345678901234",
        "a=v234567890123456789012345678901234567890123456789012345678901234"
      })
  void refusesLabelsThatCannotExist(String selector) {
    assertThatThrownBy(() -> LabelSelector.parse(selector))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unable to parse requirement");
  }

  @Test
  void readsSelectorsOfObjects() {
    var selector = Json.object();
    selector.putObject("matchLabels").put("app", "db");
    var expression = selector.putArray("matchExpressions").addObject();
    expression.put("key", "tier").put("operator", "NotIn").putArray("values").add("a").add("b");

    assertThat(LabelSelector.of(selector)).hasToString("app=db,tier notin (a,b)");
    assertThat(LabelSelector.of(selector).matches(LABELS)).isTrue();
  }

  @Test
  void escapesValuesOfFields() {
    var types = new ResourceTypes();
    var maps = types.find("", "v1", "configmaps");

    assertThat(FieldSelector.parse("metadata.name=a\\,b\\=c", maps).requirements())
        .isEqualTo(List.of(new FieldSelector.Requirement("metadata.name", true, "a,b=c")));
    assertThatThrownBy(() -> FieldSelector.parse("spec.x=1", maps)).hasMessageContaining("spec.x");
  }

  @Test
  void prefersStableAndNewVersions() {
    var versions =
        new java.util.ArrayList<>(
            List.of("v1alpha1", "v1", "foo", "v2beta1", "v10", "v1beta2", "v2"));

    versions.sort(Versions.PREFERRED_FIRST);

    assertThat(versions)
        .containsExactly("v10", "v2", "v1", "v2beta1", "v1beta2", "v1alpha1", "foo");
  }
}
