// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.sync.SyncConfig.Method;
import dev.howdah.core.wal.Lsn;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyncConfigTest {
  private static final List<Member> OTHERS =
      List.of(new Member("c-2", "v2"), new Member("c-3", "v3"));

  private static List<StandbyStatus> streaming(String... names) {
    var standbys = new ArrayList<StandbyStatus>();
    for (String name : names) {
      standbys.add(
          new StandbyStatus(new Member(name, "v" + name.substring(2)), true, new Lsn(100)));
    }
    return standbys;
  }

  @Test
  void theSettingQuotesNames() {
    assertThat(new SyncConfig(Method.ANY, 1, List.of("c-2", "c-3")).setting())
        .isEqualTo("ANY 1 (\"c-2\",\"c-3\")");
    assertThat(new SyncConfig(Method.FIRST, 1, List.of("a\"b")).setting())
        .isEqualTo("FIRST 1 (\"a\"\"b\")");
    assertThat(SyncConfig.ASYNCHRONOUS.setting()).isEmpty();
  }

  @Test
  void requiredDurabilityKeepsAbsentStandbysOnlyWhileTheyAreNeeded() {
    var one = SyncSpec.required(Method.ANY, 1);

    assertThat(SyncTarget.of(one, OTHERS, streaming("c-2", "c-3")).setting())
        .isEqualTo("ANY 1 (\"c-2\",\"c-3\")");
    assertThat(SyncTarget.of(one, OTHERS, streaming("c-3")).setting()).isEqualTo("ANY 1 (\"c-3\")");
    assertThat(SyncTarget.of(one, OTHERS, List.of()).setting())
        .isEqualTo("ANY 1 (\"c-2\",\"c-3\")");
    assertThat(SyncTarget.of(SyncSpec.required(Method.ANY, 2), OTHERS, streaming("c-3")).setting())
        .isEqualTo("ANY 2 (\"c-3\",\"c-2\")");
  }

  @Test
  void requiredDurabilityNeverGoesWithoutAName() {
    assertThat(SyncTarget.of(SyncSpec.required(Method.ANY, 1), List.of(), List.of()).setting())
        .isEqualTo("ANY 1 (\"no-standby-available\")");
  }

  @Test
  void preferredDurabilityShrinksWithTheStandbys() {
    var two = SyncSpec.preferred(Method.ANY, 2);

    assertThat(SyncTarget.of(two, OTHERS, streaming("c-2", "c-3")).number()).isEqualTo(2);
    assertThat(SyncTarget.of(two, OTHERS, streaming("c-2")).setting()).isEqualTo("ANY 1 (\"c-2\")");
    assertThat(SyncTarget.of(two, OTHERS, List.of()).isAsynchronous()).isTrue();
  }

  @Test
  void theOlderFieldsFallBackToTheirMinimum() {
    var spec = SyncSpec.legacy(1, 2, List.of());

    assertThat(SyncTarget.of(spec, OTHERS, streaming("c-2", "c-3")).number()).isEqualTo(2);
    assertThat(SyncTarget.of(spec, OTHERS, streaming("c-2")).number()).isEqualTo(1);
    assertThat(SyncTarget.of(spec, OTHERS, List.of()).isAsynchronous()).isTrue();
  }

  @Test
  void standbysOutsideTheClusterStandBeforeAndAfterOurs() {
    var spec =
        new SyncSpec(Method.FIRST, 2, 2, 1, List.of("before"), List.of("after"), true, List.of());

    assertThat(SyncTarget.of(spec, OTHERS, streaming("c-2", "c-3")).setting())
        .isEqualTo("FIRST 2 (\"before\",\"c-2\",\"after\")");
  }

  @Test
  void onlyInstancesInOtherFailureDomainsCount() {
    var spec =
        new SyncSpec(
            Method.ANY, 1, 1, Integer.MAX_VALUE, List.of(), List.of(), true, List.of("c-3"));

    assertThat(SyncTarget.of(spec, OTHERS, streaming("c-2", "c-3")).setting())
        .isEqualTo("ANY 1 (\"c-3\")");
  }
}
