// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class KubectlMergeTest {
  private static ObjectNode json(String text) throws IOException {
    return Json.parse(text.replace('\'', '"'));
  }

  @Test
  void whatUpAppliedIsRememberedAsKubectlDoesIt() throws IOException {
    var file = json("{'kind':'ConfigMap','metadata':{'name':'a'},'data':{'k':'v'}}");

    var applied = KubectlMerge.remembered(file);

    assertThat(KubectlMerge.last(applied))
        .contains(
            json("{'kind':'ConfigMap','metadata':{'name':'a','annotations':{}},'data':{'k':'v'}}"));
    assertThat(applied.path("data")).isEqualTo(file.path("data"));
    assertThat(KubectlMerge.remembered(applied)).isEqualTo(applied);
  }

  @Test
  void anObjectTooLargeToBeRememberedIsAppliedAllTheSame() throws IOException {
    var file = json("{'kind':'ConfigMap','metadata':{'name':'a'},'data':{}}");
    file.withObject("/data").put("k", "v".repeat(250_000));

    assertThat(KubectlMerge.remembered(file)).isEqualTo(file);
  }

  @Test
  void whatTheFileNoLongerHasGoesAndWhatOthersSetStays() throws IOException {
    var live = json("{'spec':{'mine':1,'dropped':2,'theirs':3}}");

    var merged =
        KubectlMerge.merged(
            live, json("{'spec':{'mine':1,'dropped':2}}"), json("{'spec':{'mine':4}}"));

    assertThat(merged).isEqualTo(json("{'spec':{'mine':4,'theirs':3}}"));
  }
}
