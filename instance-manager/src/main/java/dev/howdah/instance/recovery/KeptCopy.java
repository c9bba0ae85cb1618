// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The note about the data that a restore in place has kept aside: written before anything moves,
/// so that a restore that was cut anywhere can go on, or put everything back.
///
/// @param restore UID of the Restore that moved it
/// @param kept where the data of before is
/// @param done whether the data in its place is whole
record KeptCopy(String restore, Path kept, boolean done) {
  /// The end of the note's name; [dev.howdah.instance.server] reads it too.
  static final String NOTE = "kept";

  static Optional<KeptCopy> of(DataDirectory data) throws IOException {
    Path note = data.beside(NOTE);
    if (!Files.exists(note)) {
      return Optional.empty();
    }
    ObjectNode json = Json.parse(Files.readString(note));
    return Optional.of(
        new KeptCopy(
            json.path("restore").asText(""),
            data.path().resolveSibling(json.path("kept").asText("")),
            json.path("done").asBoolean(false)));
  }

  void write(DataDirectory data) throws IOException {
    DurableFiles.write(
        data.beside(NOTE),
        Json.object()
            .put("restore", restore)
            .put("kept", kept.getFileName().toString())
            .put("done", done)
            .toString());
  }

  static void forget(DataDirectory data) throws IOException {
    DurableFiles.delete(data.beside(NOTE));
  }

  /// Whether it is still there.
  boolean exists() throws IOException {
    return new DataDirectory(kept).hasControlFile();
  }

  /// Puts it back into its place, which is free.
  ///
  /// @param wal where the WAL folder of this instance is to be, if not in the data directory
  void putBack(DataDirectory data, Optional<Path> wal) throws IOException {
    Path link = kept.resolve("pg_wal");
    if (wal.isPresent() && Files.isSymbolicLink(link)) {
      Path moved = kept.resolve(Files.readSymbolicLink(link)).normalize();
      if (!moved.equals(wal.get()) && Files.exists(moved)) {
        DurableFiles.deleteTree(wal.get());
        DurableFiles.move(moved, wal.get());
        Files.delete(link);
        Files.createSymbolicLink(link, wal.get());
      }
    }
    DurableFiles.move(kept, data.path());
    data.finish();
  }
}
