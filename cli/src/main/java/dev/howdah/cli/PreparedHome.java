// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Deque;

/// A state folder that a start is about to use, and what to do where that start is refused.
///
/// @param made the folders and links that are there since now, the last one first
/// @param fresh whether nothing was in it before
record PreparedHome(Home home, Deque<Path> made, boolean fresh) {

  /// Leaves nothing behind of a start that was refused, where there was nothing before.
  void giveUp() {
    if (!fresh) {
      return;
    }
    try (var content = Files.list(home.path())) {
      for (Path entry : content.toList()) {
        DurableFiles.deleteTree(entry);
      }
    } catch (IOException e) {
      return; // what is left is marked as ours: howdah down --delete-data
    }
    delete(made);
  }

  /// Deletes folders as far as they are empty, and links.
  static void delete(Deque<Path> made) {
    try {
      for (Path entry : made) {
        Files.deleteIfExists(entry);
      }
    } catch (IOException e) {
      // an empty folder is left, which does no harm
    }
  }
}
