// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreesTest {
  @TempDir Path temp;

  @Test
  void deletesFoldersWithAllThatIsInThemAndNotWhatLinksLeadTo() throws IOException {
    Path precious = Files.writeString(temp.resolve("precious"), "x");
    Path tree = Files.createDirectories(temp.resolve("tree/a/b"));
    Files.writeString(tree.resolve("file"), "x");
    Files.createSymbolicLink(tree.resolve("link"), temp);
    Files.createSymbolicLink(temp.resolve("tree/dangling"), Path.of("nowhere"));

    Trees.delete(temp.resolve("tree"));

    assertThat(temp.resolve("tree")).doesNotExist();
    assertThat(precious).hasContent("x");
  }

  @Test
  void deletesALinkItselfAndNothingThatIsNotThere() throws IOException {
    Path precious = Files.writeString(temp.resolve("precious"), "x");
    Path link = Files.createSymbolicLink(temp.resolve("link"), precious);

    Trees.delete(link);
    Trees.delete(link);
    Trees.delete(temp.resolve("no/such/folder"));

    assertThat(temp).isDirectoryContaining(each -> each.equals(precious));
    assertThat(link).doesNotExist();
  }
}
