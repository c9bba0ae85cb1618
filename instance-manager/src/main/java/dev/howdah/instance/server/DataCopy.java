// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.instance.job.Folders;
import dev.howdah.instance.volume.Volume;
import dev.howdah.postgres.command.DataTooLargeException;
import dev.howdah.postgres.command.PostgresPrograms;
import dev.howdah.postgres.command.PostgresPrograms.BaseBackup;
import dev.howdah.postgres.command.ProgramFailedException;
import dev.howdah.postgres.config.ConnInfo;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies a running server's data to this instance, whose own old data is kept aside.
///
/// How much there is, the source says when a copy begins. One that can't fit ends there, and isn't
/// begun again before the volumes have got the room that it lacked, or some time is over, longer
/// each time: the data of before may have gone, or the source's may be less.
public final class DataCopy {
  private static final Logger LOG = LoggerFactory.getLogger(DataCopy.class);

  private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /// What a copy needs besides the data: the WAL of a moment.
  private static final long SPARE = 64L << 20;

  /// They may need less room than a file is long.
  private static final Set<String> COMPRESSING = Set.of("zfs", "btrfs");

  private final ServerContext context;
  private final Volume volume;
  private final InstantSource clock;
  private final Consumer<String> lacking;

  /// All room at which it may fit, and until when that is waited for; null after a copy that did
  /// not lack any.
  private volatile @Nullable Lack lack;

  private record Lack(long wanted, long until, Duration pause) {}

  /// There is no room for the data. The message says how much there is, how much is needed, and
  /// what to do.
  public static final class NoRoom extends IOException {
    private static final long serialVersionUID = 1;

    NoRoom(String message) {
      super(message);
    }
  }

  /// @param lacking gets what a person has to do, each time that a copy finds no room
  public DataCopy(
      ServerContext context, Volume volume, InstantSource clock, Consumer<String> lacking) {
    this.context = context;
    this.volume = volume;
    this.clock = clock;
    this.lacking = lacking;
  }

  /// Waits, after a copy that found no room, until another one is worth its price.
  public void awaitRoom() throws IOException, InterruptedException {
    Lack known = lack;
    while (known != null && known.until - System.nanoTime() > 0 && free(true) < known.wanted) {
      Thread.sleep(LOOK);
    }
  }

  /// Copies it. The folder is noted as unfinished afterwards, as it isn't a standby's yet.
  ///
  /// @throws NoRoom if it doesn't fit
  public void copy(ConnInfo source) throws IOException, InterruptedException {
    setAside();
    volume.renew();
    long free = free(false);
    try {
      context
          .programs()
          .baseBackup(
              new BaseBackup(
                  source.with("application_name", context.pod().pod() + "-join"),
                  context.data().path(),
                  context.walVolume().orElse(null),
                  true,
                  PostgresPrograms.SILENCE,
                  bytes -> bytes + SPARE <= free || mayCompress(),
                  List.of()));
      lack = null;
    } catch (DataTooLargeException e) {
      throw lacks(e.bytes() + SPARE, free);
    } catch (ProgramFailedException e) {
      if (e.isOutOfSpace()) {
        LOG.atWarn().addKeyValue("error", e.getMessage()).log("the copy has filled its volume");
        throw lacks(free + SPARE, free);
      }
      throw e;
    }
  }

  /// The same, but one that doesn't fit is begun anew when it may.
  public void copyWhenItFits(ConnInfo source) throws IOException, InterruptedException {
    while (true) {
      try {
        awaitRoom();
        copy(source);
        return;
      } catch (NoRoom e) {
        LOG.atWarn().addKeyValue("error", e.getMessage()).log("waiting for room");
      }
    }
  }

  private void setAside() throws IOException {
    List<Path> kept = Folders.setAside(context.data(), context.paths(), clock.instant());
    if (!kept.isEmpty()) {
      LOG.atWarn().addKeyValue("kept", kept).log("old data kept aside");
    }
  }

  /// @param needed at least
  /// @param free where the data goes to
  private NoRoom lacks(long needed, long free) throws IOException {
    setAside(); // deletes what there is of the copy
    Lack before = lack;
    Duration pause = before == null ? FIRST_PAUSE : before.pause.multipliedBy(2);
    pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    lack = new Lack(free(true) + needed - free, System.nanoTime() + pause.toNanos(), pause);
    List<Path> kept = context.data().kept();
    String message =
        "%s has no room for a copy of the data: at least %d bytes (%d MB) are needed, and %d bytes (%d MB) are free%s. Raise %s in the Cluster; it goes on by itself when there is more room, and tries again in %d minutes"
            .formatted(
                context.pod().pod(),
                needed,
                needed >> 20,
                free,
                free >> 20,
                kept.isEmpty() ? "" : " beside its old data, which is kept in " + kept,
                fields(),
                pause.toMinutes());
    lacking.accept(message);
    return new NoRoom(message);
  }

  private String fields() throws IOException {
    String fields = "spec.storage.size";
    if (context.walVolume().isPresent()) {
      fields += " or spec.walStorage.size";
    }
    return Folders.tablespaces(context.paths()).isEmpty()
        ? fields
        : fields + " or the size of spec.tablespaces";
  }

  /// The room of all volumes together: how much of the data goes to which of them isn't known.
  ///
  /// @param wal whether with that of WAL, where it has a volume of its own
  private long free(boolean wal) throws IOException {
    var stores = new HashMap<FileStore, Long>();
    for (var folder : folders().entrySet()) {
      if (wal || !folder.getKey().equals(ServerContext.WAL)) {
        FileStore store = store(folder.getValue());
        stores.put(store, store.getUsableSpace());
      }
    }
    return stores.values().stream().mapToLong(Long::longValue).sum();
  }

  private boolean mayCompress() {
    try {
      for (Path folder : folders().values()) {
        if (COMPRESSING.contains(store(folder).type())) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return true; // it is found out
    }
  }

  private SequencedMap<String, Path> folders() throws IOException {
    return context.dataFolders();
  }

  private static FileStore store(Path folder) throws IOException {
    Path at = folder;
    while (!Files.exists(at) && at.getParent() != null) {
      at = at.getParent();
    }
    return Files.getFileStore(at);
  }
}
