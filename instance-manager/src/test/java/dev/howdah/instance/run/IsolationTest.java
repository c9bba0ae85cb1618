// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IsolationTest {
  private static final Set<String> OTHERS = Set.of("a-2", "a-3");
  private static final Quorum ONE_OF_TWO =
      Quorum.of(List.of(new Member("a-2", "v2"), new Member("a-3", "v3")), 1);
  private static final Quorum TWO_OF_TWO =
      Quorum.of(List.of(new Member("a-2", "v2"), new Member("a-3", "v3")), 2);

  @Test
  void nobodyIsIsolatedWhileTheApiServerAnswersNorAlone() {
    assertThat(Isolation.isIsolated(true, OTHERS, Set.of(), ONE_OF_TWO)).isFalse();
    assertThat(Isolation.isIsolated(false, Set.of(), Set.of(), Quorum.ASYNCHRONOUS)).isFalse();
  }

  @Test
  void anyOtherInstanceWillDoWithoutSynchronousStandbys() {
    assertThat(Isolation.isIsolated(false, OTHERS, Set.of("a-2"), Quorum.ASYNCHRONOUS)).isFalse();
    assertThat(Isolation.isIsolated(false, OTHERS, Set.of(), Quorum.ASYNCHRONOUS)).isTrue();
  }

  @Test
  void withSynchronousStandbysAsManyVotersAsConfirmACommit() {
    assertThat(Isolation.isIsolated(false, OTHERS, Set.of("a-3"), ONE_OF_TWO)).isFalse();
    assertThat(Isolation.isIsolated(false, OTHERS, Set.of("a-3"), TWO_OF_TWO)).isTrue();
    assertThat(Isolation.isIsolated(false, OTHERS, Set.of("a-9"), ONE_OF_TWO)).isTrue();
  }
}
