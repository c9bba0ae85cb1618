// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a recovery has brought back; kept beside the data, for whoever asks later.
///
/// @param newestCommit RFC 3339; empty where no transaction was replayed
record Recovered(String backupId, long walFiles, String newestCommit) {
  private static final String NOTE = "recovered";

  void keep(DataDirectory data) throws IOException {
    DurableFiles.write(data.beside(NOTE), json().toString());
  }

  ObjectNode json() {
    ObjectNode json = Json.object().put("backupId", backupId).put("walFiles", walFiles);
    if (!newestCommit.isEmpty()) {
      json.put("newestCommit", newestCommit);
    }
    return json;
  }

  /// What the recovery of this data said; an empty object if it wasn't made by one.
  static ObjectNode of(DataDirectory data) throws IOException {
    Path note = data.beside(NOTE);
    return Files.exists(note) ? Json.parse(Files.readString(note)) : Json.object();
  }
}
