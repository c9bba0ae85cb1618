// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class WalCoverageTest {
  private static final long SIZE = 16 << 20;

  private static String name(int timeline, long number) {
    return "%08X%08X%08X".formatted(timeline, 0, number);
  }

  private static List<String> names(int timeline, long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(n -> name(timeline, n)).toList();
  }

  @Test
  void reachesTheLastSegmentWhereNoneIsMissing() {
    var coverage = WalCoverage.of(names(1, 2, 9), Map.of(), name(1, 3), SIZE);

    assertThat(coverage.gaps()).isEmpty();
    assertThat(coverage.last()).isEqualTo(name(1, 9));
    assertThat(coverage.segments()).isEqualTo(7);
    assertThat(coverage.reaches(name(1, 9), SIZE)).isTrue();
    assertThat(coverage.reaches(name(1, 10), SIZE)).isFalse();
  }

  @Test
  void endsBeforeTheFirstGapAndNamesAll() {
    var there = new java.util.ArrayList<>(names(1, 3, 4));
    there.addAll(names(1, 7, 8));
    there.addAll(names(1, 10, 10));

    var coverage = WalCoverage.of(there, Map.of(), name(1, 3), SIZE);

    assertThat(coverage.last()).isEqualTo(name(1, 4));
    assertThat(coverage.gaps())
        .containsExactly(
            new WalCoverage.Gap(name(1, 5), name(1, 6), 2),
            new WalCoverage.Gap(name(1, 9), name(1, 9), 1));
  }

  @Test
  void waitsForSegmentsThatAServerStillHas() {
    var there = new java.util.ArrayList<>(names(1, 3, 4));
    there.addAll(names(1, 7, 8)); // sent ahead of 5 and 6
    var coverage = WalCoverage.of(there, Map.of(), name(1, 3), SIZE);

    assertThat(coverage.gapsWithout(names(1, 4, 9))).isEmpty();
    assertThat(coverage.gapsWithout(names(1, 6, 9)))
        .containsExactly(new WalCoverage.Gap(name(1, 5), name(1, 6), 2));
    assertThat(coverage.gapsWithout(List.of())).hasSize(1);
  }

  @Test
  void followsTheNewestTimelineThatCameOfTheBackups() {
    var there = new java.util.ArrayList<>(names(1, 3, 6)); // 6 was never part of what went on
    there.addAll(names(2, 5, 8));
    var history = TimelineHistory.parse(new Timeline(2), "1\t0/5000028\tno recovery target\n");

    var coverage = WalCoverage.of(there, Map.of(new Timeline(2), history), name(1, 3), SIZE);

    assertThat(coverage.target()).isEqualTo(new Timeline(2));
    assertThat(coverage.gaps()).isEmpty();
    assertThat(coverage.last()).isEqualTo(name(2, 8));
    assertThat(coverage.segments()).isEqualTo(6);
  }

  @Test
  void leavesAloneATimelineThatBranchedOffBeforeTheBackup() {
    var there = new java.util.ArrayList<>(names(1, 3, 6));
    there.addAll(names(2, 2, 9));
    var history = TimelineHistory.parse(new Timeline(2), "1\t0/2000028\tno recovery target\n");

    var coverage = WalCoverage.of(there, Map.of(new Timeline(2), history), name(1, 3), SIZE);

    assertThat(coverage.last()).isEqualTo(name(1, 6));
  }

  @Test
  void saysThatNothingIsThere() {
    var coverage = WalCoverage.of(names(1, 5, 6), Map.of(), name(1, 3), SIZE);

    assertThat(coverage.last()).isEmpty();
    assertThat(coverage.gaps()).hasSize(1);
  }
}
