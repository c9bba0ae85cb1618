// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.podruntime.objects.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodFolderTest {
  @TempDir Path home;

  /// Written in place by an earlier version that was killed meanwhile.
  @Test
  void aTornRecordKeepsNoOtherPodFromBeingFound() throws IOException {
    Path torn = Files.createDirectories(home.resolve("pods/torn"));
    Files.writeString(torn.resolve("pod.json"), "{\"namespace\":\"d");
    Path empty = Files.createDirectories(home.resolve("pods/empty"));
    Files.writeString(empty.resolve("pod.json"), "");
    PodFolder whole = PodFolder.create(home, new Key("db", "main-1"), "uid", "127.0.0.2");

    assertThat(PodFolder.all(home)).extracting(PodFolder::uid).containsExactly("uid");
    assertThat(whole.path()).isDirectoryNotContaining("glob:**.new");
  }

  /// The object of a pod is deleted after its folder; where the API server doesn't answer, both are
  /// done again.
  @Test
  void mayBeDeletedAgain() throws IOException {
    PodFolder folder = PodFolder.create(home, new Key("db", "main-1"), "uid", "127.0.0.2");
    Files.createDirectories(folder.container("main"));
    folder.delete();
    folder.delete();
    assertThat(folder.path()).doesNotExist();
    assertThat(home.resolve("names/db/main-1")).doesNotExist();
  }
}
