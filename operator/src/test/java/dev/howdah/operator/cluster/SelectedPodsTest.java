// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SelectedPodsTest {
  @Test
  void writesASelectorAsRequestsDo() throws IOException {
    JsonNode selector =
        new YAMLMapper()
            .readTree(
                """
                matchLabels: {app: shop, tier: web}
                matchExpressions:
                  - {key: zone, operator: In, values: [a, b]}
                  - {key: team, operator: NotIn, values: [c]}
                  - {key: live, operator: Exists}
                  - {key: old, operator: DoesNotExist}
                """);

    assertThat(SelectedPods.text(selector))
        .isEqualTo("!old,app=shop,live,team notin (c),tier=web,zone in (a,b)");
    assertThat(SelectedPods.text(new YAMLMapper().readTree("{}"))).isEmpty();
  }
}
