// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TimelineHistoryTest {
  private static final TimelineHistory FOUR =
      TimelineHistory.parse(
          new Timeline(4),
          "1\t0/5000000\tno recovery target specified\n\n# a comment\n3\t0/7000100\tbefore x\n");

  private static WalPosition at(int timeline, String lsn) {
    return new WalPosition(new Timeline(timeline), Lsn.parse(lsn));
  }

  @Test
  void readsAndWritesTheFile() {
    assertThat(FOUR.branches()).hasSize(2);
    assertThat(FOUR.endOf(new Timeline(3))).contains(Lsn.parse("0/7000100"));
    assertThat(TimelineHistory.parse(new Timeline(4), FOUR.text())).isEqualTo(FOUR);
    assertThat(TimelineHistory.fileName(new Timeline(26))).isEqualTo("0000001A.history");
    assertThat(TimelineHistory.ofFileName("0000001A.history")).contains(new Timeline(26));
    assertThat(TimelineHistory.ofFileName("0000001A.history.tmp")).isEmpty();
    assertThatThrownBy(() -> TimelineHistory.parse(new Timeline(4), "nonsense"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TimelineHistory.parse(new Timeline(4), "5 0/1 x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void knowsWhichPositionsBelongToIt() {
    assertThat(FOUR.contains(at(1, "0/5000000"))).isTrue();
    assertThat(FOUR.contains(at(1, "0/5000001"))).isFalse();
    assertThat(FOUR.contains(at(2, "0/1000000"))).isFalse();
    assertThat(FOUR.contains(at(3, "0/7000000"))).isTrue();
    assertThat(FOUR.contains(at(4, "0/9000000"))).isTrue();
    assertThat(FOUR.contains(at(5, "0/9000000"))).isFalse();
  }

  @Test
  void findsWhereTwoHistoriesPart() {
    var two = TimelineHistory.parse(new Timeline(2), "1 0/4000000 x");
    var onlyOne = TimelineHistory.none(new Timeline(1));

    assertThat(FOUR.commonWith(two)).contains(at(1, "0/4000000"));
    assertThat(two.commonWith(FOUR)).contains(at(1, "0/4000000"));
    assertThat(FOUR.commonWith(onlyOne)).contains(at(1, "0/5000000"));
    assertThat(FOUR.commonWith(TimelineHistory.parse(new Timeline(3), "1 0/5000000 x")))
        .contains(at(3, "0/7000100"));
    assertThat(FOUR.commonWith(TimelineHistory.none(new Timeline(9)))).isEmpty();
  }

  @Test
  void growsWithAPromotion() {
    assertThat(FOUR.branchedAt(Lsn.parse("0/8000000"), new Timeline(6), "x").endOf(new Timeline(4)))
        .contains(Lsn.parse("0/8000000"));
  }
}
