// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Seal;
import dev.howdah.postgres.data.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeTest {
  @TempDir Path folder;

  private Volume open() throws Exception {
    return Volume.open(new DataDirectory(folder.resolve("pgdata")));
  }

  @Test
  void remembersSealAndIdentityOverARestart() throws Exception {
    var durable = new Durable("", 3, 3, 0, 4, 2, 2, new Seal("17"));
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
      volume.persist(new Durable("", 3, 3, 0, 4, 2, 2, null));
      Files.writeString(folder.resolve("howdah/leadership"), "claim=3\nhighest");

      assertThat(volume.durable()).isEqualTo(Durable.unreadable());
      assertThat(volume.durable().seal()).isNotNull();
    }
  }

  /// Needs root, to mount a small file system.
  @Test
  void remembersMoreOnAFullVolume() throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small.toString()) == 0);
    try (Volume volume = Volume.open(new DataDirectory(small.resolve("pgdata")))) {
      volume.persist(new Durable("", 3, 3, 0, 4, 2, 2, null));
      assertThatThrownBy(() -> Files.write(small.resolve("rest"), new byte[1 << 20]))
          .hasMessageContaining("No space left");

      for (int term = 5; term < 8; term++) {
        var durable = new Durable("", 3, 3, 0, term, 2, 2, new Seal("17"));
        volume.persist(durable);
        assertThat(volume.durable()).isEqualTo(durable);
      }
    } finally {
      run("umount", "-l", small.toString());
    }
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  /// The names that a write leaves when it is cut short after each of its steps.
  @ParameterizedTest
  @ValueSource(strings = {"new", "linked", "exchanged"})
  void remembersThoughTheLastWriteWasCutShort(String step) throws Exception {
    var last = new Durable("", 3, 3, 0, 4, 2, 2, null);
    try (Volume volume = open()) {
      volume.persist(last);
      Path file = folder.resolve("howdah/leadership");
      Path spare = folder.resolve("howdah/leadership.spare");
      Path before = folder.resolve("howdah/leadership.before");
      if (!step.equals("new")) {
        Files.createLink(before, file);
      }
      if (step.equals("exchanged")) {
        Files.move(spare, file, StandardCopyOption.REPLACE_EXISTING);
      }
      assertThat(volume.durable()).isEqualTo(last);

      var written = Files.readString(file);
      var next = new Durable("", 4, 4, 0, 5, 2, 2, null);
      try (var reader = Files.newBufferedReader(file)) { // as one who began to read it before
        volume.persist(next);
        assertThat(reader.readAllAsString()).isEqualTo(written);
      }
      assertThat(volume.durable()).isEqualTo(next);
      assertThat(before).doesNotExist();
      assertThat(Files.isSameFile(spare, file)).isFalse();
    }
  }

  @Test
  void forgetsAllWhenOtherDataTakesThePlace() throws Exception {
    try (Volume volume = open()) {
      String before = volume.identity();
      volume.persist(new Durable("", 3, 3, 0, 4, 2, 2, null));
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
