// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.kube.Json;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Old copies of the data that clones have kept aside.
final class KeptData {
  private static final Logger LOG = LoggerFactory.getLogger(KeptData.class);
  private static final Duration KEPT_FOR = Duration.ofHours(24);

  /// Less than a fifth of the volume is free: room counts for more than the old copies.
  private static final long SHARE = 5;

  private KeptData() {}

  /// What a Restore has kept, for its undo: a day, however full the volume is. What a Restore that
  /// isn't done has moved is never touched.
  private static void forgetRestored(DataDirectory data, Instant now) throws IOException {
    Path kept = data.path().resolveSibling(data.path().getFileName() + ".before-restore");
    Path gone = kept.resolveSibling(kept.getFileName() + ".over");
    DurableFiles.deleteTree(gone);
    Path note = data.beside("kept");
    if (!Files.exists(note)
        || Files.getLastModifiedTime(note).toInstant().isAfter(now.minus(KEPT_FOR))
        || !Json.parse(Files.readString(note)).path("phase").asText("").equals("done")) {
      return;
    }
    if (Files.exists(kept)) {
      DurableFiles.move(kept, gone); // at once: half a copy must not be taken for one
    }
    DurableFiles.delete(note);
    DurableFiles.deleteTree(gone);
    LOG.atInfo().addKeyValue("deleted", kept).log("what a Restore kept is deleted after its day");
  }

  /// Deletes them after a day, or as soon as the volume is nearly full. Only while the server is a
  /// primary or streams: then the present data is good.
  static void forget(DataDirectory data, Observation seen, Instant now) throws IOException {
    if (seen.status().phase() != Phase.PRIMARY && !seen.streaming()) {
      return;
    }
    FileStore store = Files.getFileStore(data.path());
    boolean full = store.getUsableSpace() < store.getTotalSpace() / SHARE;
    forgetRestored(data, now);
    List<Path> gone = full ? data.forgetKept(0) : data.forgetKept(now.minus(KEPT_FOR));
    if (!gone.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("deleted", gone)
          .addKeyValue("because", full ? "the volume is nearly full" : "their time is over")
          .log("old copies of the data deleted");
    }
  }
}
