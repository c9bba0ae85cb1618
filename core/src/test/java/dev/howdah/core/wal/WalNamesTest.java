// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WalNamesTest {
  private static String name(int timeline, long number) {
    return new WalSegment(new Timeline(timeline), number, WalSegment.DEFAULT_BYTES).name();
  }

  @Test
  void holdsWhatASetHoldsInWhateverOrderItCame() {
    var wanted = new ArrayList<String>();
    for (int i = 100; i < 700; i++) {
      if (i % 97 != 0) {
        wanted.add(name(i < 400 ? 1 : 2, i));
      }
    }
    wanted.add("00000002.history");
    wanted.add(name(1, 300) + ".00000028.backup");
    Collections.shuffle(wanted, new Random(1));

    var names = new WalNames();
    wanted.forEach(name -> assertThat(names.add(name)).isTrue());
    wanted.forEach(name -> assertThat(names.add(name)).isFalse());

    assertThat(names).hasSameSizeAs(wanted).containsExactlyInAnyOrderElementsOf(wanted);
    assertThat(names.contains(name(1, 194))).isFalse();
    assertThat(names.contains(name(2, 194))).isFalse();
    assertThat(names.contains(name(1, 300) + ".partial")).isFalse();
    assertThat(new HashSet<>(names)).isEqualTo(names);
  }

  @Test
  void takesLittleRoomForManySegments() {
    var names = new WalNames();
    for (int i = 1; i <= 100_000; i++) {
      names.add(name(1, i));
    }

    assertThat(names).hasSize(100_000);
    assertThat(names.runs()).isLessThan(400);
  }
}
