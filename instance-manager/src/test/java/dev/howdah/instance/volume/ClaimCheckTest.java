// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.kube.KubeException;
import dev.howdah.postgres.data.DataDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimCheckTest {
  private static final Durable VOTED = new Durable("", 3, 3, 0, 4, 2, 2, null);

  @TempDir Path folder;
  private Volume volume;
  private String identity;
  private int restarts;
  private long now = 1;

  @BeforeEach
  void volumeWithAPast() throws Exception {
    volume = Volume.open(new DataDirectory(folder.resolve("pgdata")));
    volume.persist(VOTED);
    volume.keepClaim("one");
    identity = volume.identity();
  }

  @AfterEach
  void close() throws Exception {
    volume.close();
  }

  @Test
  void aCopyBecomesANewcomerOfWhoIsSeenToLead() throws Exception {
    var check = checker(() -> "two");
    assertThatThrownBy(() -> check.before(held("c-2"), "1")).hasMessageContaining("not known yet");
    assertOriginal();

    check.before(held("c-2"), "2");

    assertThat(restarts).isEqualTo(1);
    assertThat(volume.identity()).isNotEqualTo(identity);
    assertThat(volume.durable()).isEqualTo(Durable.NEW);
    assertThat(volume.claim()).contains("two");
  }

  @Test
  void theOriginalStaysWhatItIs() throws Exception {
    checker(() -> "one").before(held("c-2"), "1");

    assertOriginal();
  }

  @Test
  void whereNobodyLeadsTheCopiesMayBeAllThatThereIs() throws Exception {
    var check = checker(() -> "two");
    check.before(LeaseRecord.FRESH, "1");
    assertThatThrownBy(() -> check.before(held("c-2"), "1")).isInstanceOf(KubeException.class);
    now += Duration.ofSeconds(16).toNanos();
    check.before(held("c-2"), "1");

    assertOriginal();
    assertThat(volume.claim()).contains("one");
  }

  @Test
  void aCopyOfTheLastPrimaryDoesNotTakeItsLeaseAgain() throws Exception {
    checker(() -> "two").before(held("c-1"), "1");

    assertThat(restarts).isEqualTo(1);
    assertThat(volume.identity()).isEqualTo(identity);
    assertThat(volume.durable()).isEqualTo(VOTED.withoutClaim());
    assertThat(volume.claim()).contains("two");
  }

  @Test
  void theOnlyInstanceTakesItsLeaseAgain() throws Exception {
    checker(() -> "two").before(held("c-1", "c-1"), "1");

    assertOriginal();
    assertThat(volume.claim()).contains("two");
  }

  @Test
  void aCopyThatWasElectedIsTheOriginalFromThenOn() throws Exception {
    var check = checker(() -> "two");
    check.before(LeaseRecord.FRESH, "1");
    check.before(held("c-1"), "2");

    assertOriginal();
    assertThat(volume.claim()).contains("two");
  }

  @Test
  void nothingIsDecidedByALeaseWhileTheClaimIsNotKnown() throws Exception {
    assertThatThrownBy(() -> checker(failing(503)).before(held("c-2"), "1"))
        .isInstanceOf(KubeException.class);

    assertOriginal();
  }

  @Test
  void aMissingRightStopsNobody() throws Exception {
    checker(failing(403)).before(held("c-2"), "1");
    checker(failing(404)).before(held("c-1"), "1");

    assertOriginal();
    assertThat(volume.claim()).contains("one");
  }

  private void assertOriginal() throws Exception {
    assertThat(restarts).isZero();
    assertThat(volume.identity()).isEqualTo(identity);
    assertThat(volume.durable()).isEqualTo(VOTED);
  }

  private ClaimCheck checker(ClaimCheck.Claim claim) {
    return new ClaimCheck("c-1", volume, claim, () -> now, () -> restarts++);
  }

  private static ClaimCheck.Claim failing(int code) {
    return () -> {
      throw new KubeException(code, "x", "", null);
    };
  }

  private static LeaseRecord held(String holder) {
    return held(holder, "c-2");
  }

  private static LeaseRecord held(String holder, String member) {
    return new LeaseRecord(
        holder,
        Duration.ofSeconds(15).toNanos(),
        1,
        1,
        new Identity(holder, "volume", "uid/1", "boot"),
        Quorum.SAME_DATA_ONLY,
        List.of(new Member(member, "v")),
        new Timeline(1),
        new Timeline(1),
        WalPosition.NONE,
        false,
        "",
        "",
        List.of());
  }
}
