// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class StandbyTimelineTest {
  private final StandbyTimeline timeline = new StandbyTimeline();
  private int looks;

  private int at(int received, long end, int files) throws IOException {
    return timeline
        .at(
            new Timeline(received),
            new Lsn(end),
            () -> {
              looks++;
              return new Timeline(files);
            })
        .id();
  }

  @Test
  void theReceiverKnows() throws Exception {
    assertThat(at(3, 100, 1)).isEqualTo(3);
    assertThat(at(3, 200, 1)).isEqualTo(3);
    assertThat(looks).isZero();
  }

  @Test
  void withoutAReceiverTheFilesAreLookedAtWheneverTheLogHasMoved() throws Exception {
    assertThat(at(0, 100, 1)).isEqualTo(1);
    assertThat(at(0, 100, 2)).isEqualTo(1);
    assertThat(looks).isEqualTo(1);

    assertThat(at(0, 200, 2)).isEqualTo(2);
    assertThat(at(0, 300, 2)).isEqualTo(2);
  }

  @Test
  void theArchiveGoesOnWhereAReceiverEnded() throws Exception {
    assertThat(at(2, 100, 1)).isEqualTo(2);
    assertThat(at(0, 200, 3)).isEqualTo(3);
  }

  @Test
  void noLogGoesBack() throws Exception {
    assertThat(at(3, 100, 1)).isEqualTo(3);
    assertThat(at(0, 200, 2)).isEqualTo(3);
  }
}
