// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final MetricName UP =
      MetricName.gauge("up", "Is it \"up\"\nor \\ not?", "cluster");
  private static final MetricName SEEN = MetricName.counter("seen_total", "Seen");

  @Test
  void writesEachMetricOnceWithItsHelpItsTypeAndItsSamples() {
    var metrics = new Metrics().add(UP, 1, "a").add(SEEN, 12).add(UP, 0.5, "b");

    assertThat(metrics.text())
        .isEqualTo(
            """
            # HELP up Is it "up"\\nor \\\\ not?
            # TYPE up gauge
            up{cluster="a"} 1
            up{cluster="b"} 0.5
            # HELP seen_total Seen
            # TYPE seen_total counter
            seen_total 12
            """);
  }

  @Test
  void escapesLabelsSoThatNoNameOfAnObjectCanAddASample() {
    var metrics = new Metrics().add(UP, 1, "x\"} 1\nevil{a=\"\\");

    assertThat(metrics.text()).contains("up{cluster=\"x\\\"} 1\\nevil{a=\\\"\\\\\"} 1\n");
  }

  @Test
  void leavesOutWhatPrometheusCouldNotTellApart() {
    var metrics = new Metrics().add(UP, 1, "a").add(UP, 2, "a");
    metrics.add(MetricName.counter("up", "again", "cluster"), 3, "b");

    assertThat(metrics.text()).contains("up{cluster=\"a\"} 1\n").doesNotContain("2", "3");
    assertThat(metrics.doubled()).isEqualTo(2);
  }

  @Test
  void writesHistogramsAndNumbersThatAreNone() {
    var name = new MetricName("h", MetricType.HISTOGRAM, List.of(), "H");
    var metrics =
        new Metrics()
            .add(name, new Sample("_bucket", List.of("le", "+Inf"), 3))
            .add(name, new Sample("_sum", List.of(), Double.NaN))
            .add(name, new Sample("_count", List.of(), Double.POSITIVE_INFINITY));

    assertThat(metrics.text()).endsWith("h_bucket{le=\"+Inf\"} 3\nh_sum NaN\nh_count +Inf\n");
    assertThat(Metrics.number(1.5e18)).isEqualTo("1.5E18");
    assertThat(Metrics.number(-1)).isEqualTo("-1");
  }

  @Test
  void refusesNamesThatPrometheusRefuses() {
    assertThatThrownBy(() -> MetricName.gauge("a-b", "")).hasMessageContaining("a-b");
    assertThatThrownBy(() -> MetricName.gauge("a", "", "__name__")).hasMessageContaining("__name");
    assertThatThrownBy(() -> new Metrics().add(UP, 1)).hasMessageContaining("cluster");
  }
}
