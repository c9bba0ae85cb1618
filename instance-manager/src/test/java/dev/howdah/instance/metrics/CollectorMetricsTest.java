// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.metrics.MetricName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The manual's page and its dashboards go by the list.
class CollectorMetricsTest {
  @Test
  void theListHasEachMetricOnce() throws Exception {
    List<Object> declared = new ArrayList<>();
    for (var field : CollectorMetrics.class.getDeclaredFields()) {
      if (field.getType() == MetricName.class) {
        declared.add(field.get(null));
      }
    }

    assertThat(CollectorMetrics.all())
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(
            declared.stream().map(MetricName.class::cast).toList());
    assertThat(CollectorMetrics.all()).extracting(MetricName::name).doesNotHaveDuplicates();
  }
}
