// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
  @TempDir private Path folder;

  @BeforeEach
  void reachable() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void aStartThatIsRefusedLeavesNothingOfItsNewFolder() throws IOException {
    var prepared = new Home(folder.resolve("a/b")).prepare();
    Files.createDirectories(prepared.home().apiServer().resolve("store"));

    prepared.giveUp();

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void otherUsersHaveNothingToLookForInANewFolder() throws IOException {
    var home = new Home(folder.resolve("a/b")).prepare().home();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.path())))
        .isEqualTo(Home.isRoot() ? "rwx--x--x" : "rwx------");
  }

  @Test
  void thePortOfLastTimeIsForgottenWhenACrashHasCutItShort() throws IOException {
    var home = new Home(folder).prepare().home();
    assertThat(home.apiPort()).isZero();

    home.rememberApiPort(43613);
    assertThat(home.apiPort()).isEqualTo(43613);

    Files.writeString(home.path().resolve("api-port"), "");
    assertThat(home.apiPort()).isZero();
  }

  @Test
  void aFolderThatWasThereBeforeStays() {
    var prepared = new Home(folder).prepare();

    prepared.giveUp();

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aRefusalTouchesNothingOfAnEarlierStart() throws IOException {
    var earlier = new Home(folder).prepare().home();
    var data = Files.writeString(earlier.path().resolve("data"), "precious");

    var second = new Home(folder).prepare();
    second.giveUp();

    assertThat(second.fresh()).isFalse();
    assertThat(data).hasContent("precious");
    assertThat(earlier.isOurs()).isTrue();
  }

  @Test
  void aFolderWithOtherThingsIsRefusedAsItIs() throws IOException {
    var data = Files.writeString(folder.resolve("data"), "precious");

    assertThatThrownBy(() -> new Home(folder).prepare()).isInstanceOf(ProblemException.class);

    assertThat(folder).isDirectoryContaining(path -> path.equals(data));
    assertThat(data).hasContent("precious");
  }
}
