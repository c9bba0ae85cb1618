// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.archive.WalConflictException;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DivergentWal;
import dev.howdah.postgres.data.DurableFiles;
import dev.howdah.postgres.data.UnarchivedWal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Archives what this instance kept of the time when it was primary ([UnarchivedWal]), whatever it
/// is now. Where the archive has other bytes under such a name, its own stay, and ours are kept
/// aside ([DivergentWal]).
final class LeftWal {
  private static final Logger LOG = LoggerFactory.getLogger(LeftWal.class);
  private static final String ASIDE = "not-archived";

  /// As long as old copies of the data.
  private static final Duration KEPT_FOR = Duration.ofHours(24);

  private final DataDirectory data;
  private final UnarchivedWal left;
  private final Consumer<String> warn;
  private final InstantSource clock;
  private boolean warned;

  /// @param warn tells people
  LeftWal(DataDirectory data, Consumer<String> warn, InstantSource clock) {
    this(new UnarchivedWal(data), warn, clock);
  }

  LeftWal(UnarchivedWal left, Consumer<String> warn, InstantSource clock) {
    this.data = left.data();
    this.left = left;
    this.warn = warn;
    this.clock = clock;
  }

  /// Archives what waits, as far as the store takes it.
  ///
  /// @param archive the Cluster's; empty if it has none
  void archive(Supplier<Optional<Stores.Opened>> archive, long segmentBytes) throws IOException {
    forgetAside();
    List<Path> files = left.files();
    if (files.isEmpty() || new EmptyArchiveMark(data).isThere()) {
      return;
    }
    try {
      Optional<Stores.Opened> store = archive.get();
      if (store.isPresent()) {
        putAll(store.get(), files, segmentBytes);
        LOG.atInfo().addKeyValue("segments", files.size()).log("archived what was left behind");
        warned = false;
      }
      left.forget(files);
    } catch (StoreException e) {
      failed(ArchiveCommand.advice(e));
    } catch (IllegalArgumentException e) {
      failed(String.valueOf(e.getMessage()));
    }
  }

  private void forgetAside() throws IOException {
    Instant now = clock.instant();
    new DivergentWal(data).forget(ASIDE, left.isScarce() ? now : now.minus(KEPT_FOR));
  }

  private void putAll(Stores.Opened store, List<Path> files, long segmentBytes) throws IOException {
    var divergent = new DivergentWal(data);
    Path aside = divergent.folder(ASIDE, clock.instant());
    var others = new ArrayList<String>();
    try {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        try {
          store.archive(segmentBytes).put(WalFile.named(name).orElseThrow(), file);
          Files.delete(file);
        } catch (WalConflictException e) {
          Files.createDirectories(
              aside,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
          DurableFiles.move(file, aside.resolve(name));
          others.add(name);
        }
      }
    } finally { // the store may go away in between, and what was moved is not looked at again
      if (!others.isEmpty()) {
        divergent.forgetOldest();
        say(
            ("the archive %s/wals has other WAL under the names of this instance's %s. The"
                    + " archive's stays; this instance's is kept in %s for a day, unless the volume"
                    + " gets nearly full. Perhaps two servers wrote this timeline: copy the folder,"
                    + " compare both with pg_waldump, and take a new base backup, as a recovery reads"
                    + " what the archive has")
                .formatted(store.spec().place(), String.join(", ", others), aside));
      }
    }
  }

  private void failed(String why) throws IOException {
    List<Path> files = left.files();
    String what =
        "%d segments of WAL, %s to %s, which perhaps nobody else has, are not in the archive: %s"
            .formatted(
                files.size(), files.getFirst().getFileName(), files.getLast().getFileName(), why);
    if (left.isScarce()) {
      left.forget(files);
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
