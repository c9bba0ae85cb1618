// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.archive.WalConflictException;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.UnarchivedWal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Archives what this instance kept of the time when it was primary ([UnarchivedWal]), whatever it
/// is now.
final class LeftWal {
  private static final Logger LOG = LoggerFactory.getLogger(LeftWal.class);

  private final DataDirectory data;
  private final UnarchivedWal left;
  private final Consumer<String> warn;
  private boolean warned;

  /// @param warn tells people
  LeftWal(DataDirectory data, Consumer<String> warn) {
    this(new UnarchivedWal(data), warn);
  }

  LeftWal(UnarchivedWal left, Consumer<String> warn) {
    this.data = left.data();
    this.left = left;
    this.warn = warn;
  }

  /// Archives what waits, as far as the store takes it.
  ///
  /// @param archive the Cluster's; empty if it has none
  void archive(Supplier<Optional<Stores.Opened>> archive, long segmentBytes) throws IOException {
    List<Path> files = left.files();
    if (files.isEmpty() || new EmptyArchiveMark(data).isThere()) {
      return;
    }
    try {
      Optional<Stores.Opened> store = archive.get();
      if (store.isPresent()) {
        for (Path file : files) {
          put(store.get(), file, segmentBytes);
        }
        LOG.atInfo().addKeyValue("segments", files.size()).log("archived what was left behind");
        warned = false;
      }
      left.forget();
    } catch (StoreException e) {
      failed(ArchiveCommand.advice(e));
    } catch (IllegalArgumentException e) {
      failed(String.valueOf(e.getMessage()));
    }
  }

  private static void put(Stores.Opened store, Path file, long segmentBytes) throws IOException {
    WalFile name = WalFile.named(String.valueOf(file.getFileName())).orElseThrow();
    try {
      store.archive(segmentBytes).put(name, file);
    } catch (WalConflictException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("the archive has another such segment");
    }
    Files.delete(file);
  }

  private void failed(String why) throws IOException {
    List<Path> files = left.files();
    String what =
        "%d segments of WAL, %s to %s, which perhaps nobody else has, are not in the archive: %s"
            .formatted(
                files.size(), files.getFirst().getFileName(), files.getLast().getFileName(), why);
    if (left.isScarce()) {
      left.forget();
      say(what + ". They are given up, as the volume is nearly full");
    } else if (!warned) {
      warned = true;
      say(what + ". They are kept on this instance's volume, and tried again");
    }
  }

  private void say(String what) {
    LOG.atWarn().addKeyValue("what", what).log("WAL of the old primary not archived");
    warn.accept(what);
  }
}
