// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.howdah.podruntime.process.RunAs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFolderTest {
  @TempDir Path temp;
  private Path path;
  private AtomicFolder folder;

  @BeforeEach
  void choose() throws IOException {
    path = temp.resolve("secret");
    folder = new AtomicFolder(path, RunAs.choose(Map.of()));
  }

  private static Payload.Content file(String text, int mode) {
    return new Payload.Content(text.getBytes(StandardCharsets.UTF_8), mode);
  }

  @Test
  void changesAllFilesAtOnceThroughOneLink() throws Exception {
    folder.write(
        Map.of("tls.crt", file("old", 0644), "tls.key", file("k1", 0600), "gone", file("", 0644)));
    Path first = path.resolve("..data").toRealPath();

    assertThat(folder.write(Map.of("tls.crt", file("new", 0644), "tls.key", file("k2", 0400))))
        .isTrue();

    assertThat(path.resolve("tls.crt")).hasContent("new").isSymbolicLink();
    assertThat(Files.readSymbolicLink(path.resolve("tls.key"))).hasToString("..data/tls.key");
    assertThat(Files.getPosixFilePermissions(path.resolve("tls.key").toRealPath()))
        .isEqualTo(PosixFilePermissions.fromString("r--------"));
    assertThat(path.resolve("gone")).doesNotExist();
    assertThat(first).doesNotExist();
  }

  @Test
  void leavesFilesAloneThatAreAlreadyRight() throws Exception {
    folder.write(Map.of("a/b", file("x", 0640)));
    Path first = path.resolve("..data").toRealPath();

    assertThat(folder.write(Map.of("a/b", file("x", 0640)))).isFalse();

    assertThat(path.resolve("..data").toRealPath()).isEqualTo(first);
    assertThat(path.resolve("a/b")).hasContent("x");
  }

  /// As root we would delete whatever somebody in the pod makes the link lead to.
  @Test
  void deletesNothingThatALinkTurnedAwayLeadsTo() throws Exception {
    folder.write(Map.of("a", file("1", 0644)));
    Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
    Path precious = Files.writeString(elsewhere.resolve("precious"), "x");
    Path data = path.resolve("..data");
    Files.delete(data);
    Files.createSymbolicLink(data, elsewhere);

    folder.write(Map.of("a", file("2", 0644)));

    assertThat(precious).hasContent("x");
    assertThat(path.resolve("a")).hasContent("2");
  }

  @Test
  void givesThePodsUserTheFilesButNotTheFolders() throws Exception {
    RunAs user = RunAs.choose(Map.of());
    assumeTrue(user.drop(), "pods run as another user");

    folder.write(Map.of("sub/key", file("x", 0400)));

    assertThat(Files.getAttribute(path.resolve("sub/key").toRealPath(), "unix:uid"))
        .isEqualTo(user.uid());
    for (Path each : List.of(path, path.resolve("..data"), path.resolve("sub"))) {
      Path real = each.toRealPath();
      assertThat(Files.getAttribute(real, "unix:uid")).as(each.toString()).isEqualTo(0);
      assertThat(Files.getAttribute(real, "unix:gid")).isEqualTo(user.gid());
      assertThat(Files.getPosixFilePermissions(real))
          .isEqualTo(PosixFilePermissions.fromString("rwxr-x---"));
    }
  }

  @Test
  void refusesPathsThatLeaveTheVolume() {
    assertThatThrownBy(() -> folder.write(Map.of("../out", file("x", 0644))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leaves its volume");
  }
}
