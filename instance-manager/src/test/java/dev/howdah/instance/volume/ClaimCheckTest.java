// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.kube.KubeException;
import dev.howdah.postgres.data.DataDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimCheckTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  private static final Durable VOTED = new Durable("", 3, 0, 4, 2, null);

  @TempDir Path folder;
  private Volume volume;
  private String identity;
  private int restarts;

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
  void aCopyBecomesANewcomerOfWhoLeads() throws Exception {
    check("two", held("c-2"), NOW.minusSeconds(2));

    assertThat(restarts).isEqualTo(1);
    assertThat(volume.identity()).isNotEqualTo(identity);
    assertThat(volume.durable()).isEqualTo(Durable.NEW);
    assertThat(volume.claim()).contains("two");
  }

  @Test
  void theOriginalStaysWhatItIs() throws Exception {
    check("one", held("c-2"), NOW);

    assertOriginal();
  }

  @Test
  void whereNobodyLeadsTheCopiesMayBeAllThatThereIs() throws Exception {
    check("two", LeaseRecord.FRESH, NOW);
    check("two", held("c-2"), NOW.minusSeconds(3600));

    assertOriginal();
    assertThat(volume.claim()).contains("one");
  }

  @Test
  void whoLeadsIsTheOriginalFromThenOn() throws Exception {
    check("two", held("c-1"), NOW);

    assertOriginal();
    assertThat(volume.claim()).contains("two");
  }

  @Test
  void nothingIsDecidedByALeaseWhileTheClaimIsNotKnown() throws Exception {
    assertThatThrownBy(() -> checker(failing(503)).before(held("c-2"), NOW))
        .isInstanceOf(KubeException.class);

    assertOriginal();
  }

  @Test
  void aMissingRightStopsNobodyAndIsAskedForAgain() throws Exception {
    checker(failing(403)).before(held("c-2"), NOW);
    checker(failing(503)).before(held("c-1"), NOW);

    assertOriginal();
    assertThat(volume.claim()).contains("one");
  }

  private void assertOriginal() throws Exception {
    assertThat(restarts).isZero();
    assertThat(volume.identity()).isEqualTo(identity);
    assertThat(volume.durable()).isEqualTo(VOTED);
  }

  private void check(String claim, LeaseRecord lease, Instant renewed) {
    checker(() -> claim).before(lease, renewed);
  }

  private ClaimCheck checker(ClaimCheck.Claim claim) {
    return new ClaimCheck("c-1", volume, claim, () -> NOW, () -> restarts++);
  }

  private static ClaimCheck.Claim failing(int code) {
    return () -> {
      throw new KubeException(code, "x", "", null);
    };
  }

  private static LeaseRecord held(String holder) {
    return new LeaseRecord(
        holder,
        Duration.ofSeconds(15).toNanos(),
        1,
        1,
        new Identity(holder, "volume", "uid/1", "boot"),
        Quorum.SAME_DATA_ONLY,
        List.of(),
        new Timeline(1),
        WalPosition.NONE,
        false,
        "",
        "",
        List.of());
  }
}
