// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalArchiver;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers `archive_command`: whether this instance may archive now, where to, and whether what is
/// there is another Cluster's.
public final class ArchiveCommand implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveCommand.class);

  /// Bytes of WAL in memory at the same time, whatever the size of segments.
  private static final long MEMORY = 48L << 20;

  private final DataDirectory data;
  private final EmptyArchiveMark mark;
  private final Target target;
  private final Listener listener;
  private volatile boolean checked;
  private @Nullable WalArchiver archiver;
  private int parallel;

  /// Where WAL goes just now.
  public interface Target {
    /// @return the store; empty if the Cluster has none
    /// @throws IllegalArgumentException if its description can't be used
    Optional<Stores.Opened> store();

    /// Why this instance may not archive now; empty if it may.
    String forbidden();

    /// Whether this is a standby, which is asked too in a cluster that follows another one: what it
    /// has may go once its primary has archived it.
    default boolean onlyLooks() {
      return false;
    }

    /// Whether the Cluster asks not to look whether the archive is empty.
    boolean skipsEmptyCheck();

    long segmentBytes();

    /// The server's system identifier.
    long systemId();
  }

  /// Who wants to know how it goes.
  public interface Listener {
    void archived(String file);

    void failed(String file, String why);
  }

  public ArchiveCommand(DataDirectory data, Target target, Listener listener) {
    this.data = data;
    this.mark = new EmptyArchiveMark(data);
    this.target = target;
    this.listener = listener;
  }

  /// Archives a file of `pg_wal`; returns when it is safe.
  ///
  /// @return empty if it is; else why not, for PostgreSQL's log
  public String archive(String name) {
    WalFile file = WalFile.named(name).orElse(null);
    if (file == null) {
      return "\"" + name + "\" is not the name of a WAL file";
    }
    if (target.onlyLooks()) {
      return look(file);
    }
    String forbidden = target.forbidden();
    if (!forbidden.isEmpty()) {
      return forbidden;
    }
    try {
      Optional<Stores.Opened> store = target.store();
      if (store.isEmpty()) {
        return ""; // the archive was taken out of the Cluster; the new configuration is on its way
      }
      requireEmptyAtFirst(store.get(), file);
      archiver(store.get().spec()).archive(name);
      mark.delete();
      listener.archived(name);
      return "";
    } catch (StoreException e) {
      return failed(name, advice(e));
    } catch (IOException | RuntimeException e) {
      return failed(name, String.valueOf(e.getMessage()));
    }
  }

  private String look(WalFile file) {
    try {
      Optional<Stores.Opened> store = target.store();
      boolean done = store.isEmpty() || store.get().archive(target.segmentBytes()).has(file);
      return done ? "" : "the primary has not archived it yet";
    } catch (RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private String failed(String name, String why) {
    listener.failed(name, why);
    LOG.atWarn().addKeyValue("segment", name).addKeyValue("error", why).log("WAL not archived");
    return why;
  }

  private void requireEmptyAtFirst(Stores.Opened store, WalFile file) throws IOException {
    if (checked || !mark.isThere()) {
      return;
    }
    WalArchive archive = store.archive(target.segmentBytes());
    if (!target.skipsEmptyCheck() && !archive.isEmpty() && !isOurs(archive, file)) {
      throw new IllegalStateException(
          ("Expected empty archive: %s/wals holds WAL already, perhaps of another Cluster, which"
                  + " must not be mixed with this one's; give %s another serverName or"
                  + " destinationPath (if it is this Cluster's own: annotation"
                  + " cnpg.io/skipEmptyWalArchiveCheck=enabled)")
              .formatted(store.spec().place(), store.spec().field()));
    }
    checked = true;
  }

  /// The mark can outlive the first file: this process, or the primary that this one was a standby
  /// of, may have ended in between.
  private boolean isOurs(WalArchive archive, WalFile file) throws IOException {
    boolean sameSystem =
        mark.isOfNewSystem() && archive.systemId().equals(OptionalLong.of(target.systemId()));
    return sameSystem || archive.holds(file, data.path().resolve("pg_wal").resolve(file.name()));
  }

  private synchronized WalArchiver archiver(StoreSpec spec) {
    int wanted = Math.clamp(MEMORY / target.segmentBytes(), 1, spec.parallel());
    WalArchiver known = archiver;
    if (known == null || parallel != wanted) {
      if (known != null) {
        known.close();
      }
      Path wal = data.path().resolve("pg_wal");
      known =
          new WalArchiver(
              () ->
                  target
                      .store()
                      .orElseThrow(() -> new IllegalStateException("the Cluster has no archive"))
                      .archive(target.segmentBytes()),
              wal,
              wanted);
      archiver = known;
      parallel = wanted;
    }
    return known;
  }

  /// What a person can do about a store's refusal.
  public static String advice(StoreException e) {
    String what = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case DENIED -> what + "; check the keys in the Secret of s3Credentials and what they may do";
      case NO_BUCKET -> what + "; create the bucket, or correct destinationPath";
      case UNREACHABLE -> what + "; check endpointURL, endpointCA and the network";
      case UNTRUSTED -> what + "; check endpointURL and endpointCA";
      case FULL -> what + "; give the object store more room, or shorten retentionPolicy";
      case UNAVAILABLE -> what + "; it is tried again";
      case REFUSED, NO_KEY, CORRUPT, NOT_FOUND -> what;
    };
  }

  @Override
  public synchronized void close() {
    if (archiver != null) {
      archiver.close();
    }
  }
}
