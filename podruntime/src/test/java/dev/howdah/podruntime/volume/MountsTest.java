// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.process.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountsTest {
  @TempDir Path temp;
  private Path root;
  private Path volume;
  private Path outside;

  @BeforeEach
  void folders() throws IOException {
    root = Files.createDirectory(temp.resolve("root"));
    volume = Files.createDirectory(temp.resolve("volume"));
    outside = Files.createDirectory(temp.resolve("outside"));
  }

  private void mount(String path, String subPath) throws IOException {
    ObjectNode container = Json.object();
    container
        .putArray("volumeMounts")
        .addObject()
        .put("name", "data")
        .put("mountPath", path)
        .put("subPath", subPath);
    Mounts.of(container, text -> text).link(root, Map.of("data", volume), RunAs.choose(Map.of()));
  }

  @Test
  void makesTheFolderThatASubPathNames() throws IOException {
    mount("/var/data", "a/b");

    assertThat(volume.resolve("a/b")).isDirectory();
    assertThat(root.resolve("var/data").toRealPath()).isEqualTo(volume.resolve("a/b").toRealPath());
  }

  @Test
  void followsLinksThatStayInTheVolume() throws IOException {
    Files.createDirectory(volume.resolve("..data"));
    Files.writeString(volume.resolve("..data/key"), "x");
    Files.createSymbolicLink(volume.resolve("key"), Path.of("..data/key"));

    mount("/etc/key", "key");

    assertThat(root.resolve("etc/key")).hasContent("x");
  }

  /// What is in a volume is the pod's, and this may be done as root.
  @Test
  void followsNoLinkOutOfTheVolume() throws IOException {
    Files.createSymbolicLink(volume.resolve("a"), outside);

    assertThatThrownBy(() -> mount("/data", "a/b"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leads out of its volume");

    assertThat(outside).isEmptyDirectory();
  }
}
