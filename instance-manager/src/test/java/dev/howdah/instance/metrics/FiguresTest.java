// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void readsNumbersTruthsMomentsAndNulls() {
    assertThat(Figures.number("1.5e3")).hasValue(1500);
    assertThat(Figures.number("-0.25")).hasValue(-0.25);
    assertThat(Figures.number("t")).hasValue(1);
    assertThat(Figures.number("f")).hasValue(0);
    assertThat(Figures.number("2026-11-21 09:54:00.5+00")).hasValue(1795254840.5);
    assertThat(Figures.number("2026-11-21 09:54:00")).hasValue(1795254840);
    assertThat(Figures.number("infinity")).hasValue(Double.POSITIVE_INFINITY);
    assertThat(Figures.number(null).orElse(0)).isNaN();
    assertThat(Figures.number("many")).isEmpty();
    assertThat(Figures.number("")).isEmpty();
  }

  @Test
  void readsIntervalsAsMilliseconds() {
    assertThat(Figures.milliseconds("00:00:01.5")).hasValue(1500);
    assertThat(Figures.milliseconds("-00:00:01")).hasValue(-1000);
    assertThat(Figures.milliseconds("1 day 02:03:04")).hasValue(86_400_000 + 7_384_000);
    assertThat(Figures.milliseconds("2 days")).hasValue(172_800_000);
    assertThat(Figures.milliseconds("1 mon -1 days +00:00:01")).hasValue(29 * 86_400_000.0 + 1000);
    assertThat(Figures.milliseconds("100:00:00")).hasValue(360_000_000);
    assertThat(Figures.milliseconds(null).orElse(0)).isNaN();
    assertThat(Figures.milliseconds("soon")).isEmpty();
    assertThat(Figures.milliseconds("")).isEmpty();
  }

  @Test
  void readsArrays() {
    assertThat(Figures.list("{0.1,2,Infinity}"))
        .containsExactlyElementsOf(List.of(0.1, 2.0, Double.POSITIVE_INFINITY));
    assertThat(Figures.list("{}")).isEmpty();
    assertThatThrownBy(() -> Figures.list("1,2")).hasMessageContaining("no array");
    assertThatThrownBy(() -> Figures.list("{a}")).hasMessageContaining("no number");
  }

  @Test
  void readsTheAgeOfResults() {
    assertThat(MonitoringFields.duration("1m30s")).isEqualTo(Duration.ofSeconds(90));
    assertThat(MonitoringFields.duration("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThat(MonitoringFields.duration("0")).isZero();
    assertThat(MonitoringFields.duration("0s")).isZero();
    assertThat(MonitoringFields.duration("")).isEqualTo(Duration.ofSeconds(30));
    assertThat(MonitoringFields.duration("soon")).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void knowsWhichServersAQueryIsFor() {
    assertThat(VersionRange.parse(">=16.0.0 <18.0.0").contains(170_002)).isTrue();
    assertThat(VersionRange.parse(">=16.0.0 <18.0.0").contains(180_000)).isFalse();
    assertThat(VersionRange.parse("<17.0.0").contains(160_009)).isTrue();
    assertThat(VersionRange.parse("14.x || >=15.3").contains(140_020)).isTrue();
    assertThat(VersionRange.parse("14.x || >=15.3").contains(150_002)).isFalse();
    assertThat(VersionRange.parse("14.x || >=15.3").contains(150_003)).isTrue();
    assertThat(VersionRange.parse("15").contains(150_012)).isTrue();
    assertThat(VersionRange.parse("!=15").contains(150_012)).isFalse();
    assertThat(VersionRange.parse(" ").contains(90_000)).isTrue();
    assertThatThrownBy(() -> VersionRange.parse(">=16 and <18")).hasMessageContaining("range");
  }

  @Test
  void choosesDatabasesByNameAndByPatternEachOnce() {
    var all = List.of("app", "postgres", "shop1", "shop2");

    assertThat(NamePattern.choose(List.of(), "app", all)).containsExactly("app");
    assertThat(NamePattern.choose(List.of("*"), "app", all)).isEqualTo(all);
    assertThat(NamePattern.choose(List.of("shop2", "shop?", "gone"), "app", all))
        .containsExactly("shop2", "shop1", "gone");
    assertThat(NamePattern.choose(List.of("[ps]*"), "app", all))
        .containsExactly("postgres", "shop1", "shop2");
  }
}
