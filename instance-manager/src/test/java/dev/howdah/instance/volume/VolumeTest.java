// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Seal;
import dev.howdah.postgres.data.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeTest {
  @TempDir Path folder;

  private Volume open() throws Exception {
    return Volume.open(new DataDirectory(folder.resolve("pgdata")));
  }

  @Test
  void remembersSealAndIdentityOverARestart() throws Exception {
    var durable = new Durable("", 3, 0, 4, 2, new Seal("17"));
    String identity;
    try (Volume volume = open()) {
      volume.persist(durable);
      identity = volume.identity();
    }

    try (Volume volume = open()) {
      assertThat(volume.durable()).isEqualTo(durable);
      assertThat(volume.identity()).isEqualTo(identity);
    }
  }

  @Test
  void takesAnUnreadableStateForASeal() throws Exception {
    try (Volume volume = open()) {
      volume.persist(new Durable("", 3, 0, 4, 2, null));
      Files.writeString(folder.resolve("howdah/leadership"), "claim=3\nhighest");

      assertThat(volume.durable()).isEqualTo(Durable.unreadable());
      assertThat(volume.durable().seal()).isNotNull();
    }
  }

  @Test
  void forgetsAllWhenOtherDataTakesThePlace() throws Exception {
    try (Volume volume = open()) {
      String before = volume.identity();
      volume.persist(new Durable("", 3, 0, 4, 2, null));
      volume.keepToken("token");

      assertThat(volume.renew()).isNotEqualTo(before);
      assertThat(volume.token()).isEmpty();
      assertThat(volume.durable()).isEqualTo(Durable.NEW);
    }
  }

  @Test
  void belongsToOneAtATime() throws Exception {
    try (Volume volume = open()) {
      volume.own("uid/1");

      assertThat(volume.isOwnedBy("uid/1")).isTrue();
      assertThat(volume.isOwnedBy("uid/2")).isFalse();
      assertThatThrownBy(this::open).hasMessageContaining("another instance manager");
    }
  }
}
