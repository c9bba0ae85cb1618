// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.catalog.BackupSummary;
import dev.howdah.backup.catalog.FileManifest;
import dev.howdah.backup.codec.Compression;
import dev.howdah.core.wal.Lsn;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Takes a base backup of the server on this machine and stores it as barman-cloud does: a tar for
/// the data directory, one for each tablespace, and last of all the `backup.info` that makes it
/// visible.
///
/// Whatever fails before that leaves nothing that a reader takes for a backup; the objects of a
/// failed one are removed where the store can still be reached.
public final class BaseBackup {
  private static final int MOST_JOBS = 8;
  private static final int ID_ATTEMPTS = 5;
  private static final Duration ID_PAUSE = Duration.ofMillis(500);

  /// Longer than any file system's clock takes for a tick, and a write for its bytes.
  private static final Duration SETTLED = Duration.ofSeconds(10);

  private final ObjectStore store;
  private final InstantSource clock;

  /// @param serverName the folder of this server in the store
  /// @param name a name for people; null for none
  /// @param immediateCheckpoint begin at once, at the price of a burst of writes
  /// @param progress is told how far it is
  /// @param jobs how many tars are written at once; 0 for as many as there are processors, and as
  ///   memory allows
  /// @param parent the backup to build on; null for a full one
  public record Request(
      String serverName,
      Path dataDirectory,
      @Nullable String name,
      Compression compression,
      boolean immediateCheckpoint,
      String encryption,
      Map<String, String> tags,
      Progress progress,
      int jobs,
      @Nullable BackupInfo parent) {
    public Request {
      tags = Map.copyOf(tags);
      var machine = Runtime.getRuntime();
      jobs = jobs <= 0 ? jobs(machine.availableProcessors(), machine.maxMemory()) : jobs;
    }

    /// Their buffers take half of the heap at most.
    static int jobs(int processors, long heapBytes) {
      long room = (heapBytes / 2 / Copy.PART_BYTES - Copy.MORE_BUFFERS) / Copy.BUFFERS_PER_JOB;
      return Math.clamp(Math.min(processors, room), 1, MOST_JOBS);
    }

    public Request(
        String serverName,
        Path dataDirectory,
        @Nullable String name,
        Compression compression,
        boolean immediateCheckpoint,
        String encryption,
        Map<String, String> tags,
        LongConsumer read) {
      this(
          serverName,
          dataDirectory,
          name,
          compression,
          immediateCheckpoint,
          encryption,
          tags,
          (done, _) -> read.accept(done),
          0,
          null);
    }

    /// The same as an incremental backup: of tables only the pages that changed since this one.
    public Request since(BackupInfo backup) {
      return new Request(
          serverName,
          dataDirectory,
          name,
          compression,
          immediateCheckpoint,
          encryption,
          tags,
          progress,
          jobs,
          backup);
    }
  }

  /// Is told, by several threads, how many more bytes were read, and how many there are in all.
  @FunctionalInterface
  public interface Progress {
    void read(long moreBytes, long totalBytes);
  }

  public BaseBackup(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /// Takes the backup in this session, which nobody else may use meanwhile. Returns what was stored
  /// as `backup.info`. An interrupt of this thread cancels it.
  ///
  /// @throws IOException if a file can't be read or an object not be stored
  /// @throws dev.howdah.postgres.PostgresException if the server ends the backup
  public BackupInfo take(PgConnection connection, Request request) throws IOException {
    return takeWithSummary(connection, request).info();
  }

  /// What was stored.
  public record Taken(BackupInfo info, BackupSummary summary) {}

  /// As [#take], and tells what was found on the way: sizes, and pages with wrong checksums, which
  /// do not keep a backup from being made.
  public Taken takeWithSummary(PgConnection connection, Request request) throws IOException {
    var session = new BackupSession(connection);
    var catalog = new BackupCatalog(store, request.serverName());
    var id = freeId(request, catalog);
    var written = new AtomicReference<@Nullable BackupInfo>();
    try {
      return copy(session, request, id, catalog, written);
    } catch (IOException | RuntimeException | Error e) {
      boolean cancelled = Thread.interrupted(); // what is left has to go all the same
      try {
        // the store may have written backup.info and not have said so; another's stays with its
        // data
        if (isOurs(catalog, id, written.get(), true)) {
          catalog.delete(id);
        }
      } catch (RuntimeException cleanUp) {
        e.addSuppressed(cleanUp);
      }
      if (cancelled) {
        Thread.currentThread().interrupt();
      }
      throw e;
    }
  }

  /// An id is a second: another backup may have been begun in the same one.
  private String freeId(Request request, BackupCatalog catalog) throws IOException {
    for (int attempt = 1; ; attempt++) {
      var id = BackupInfo.idAt(clock.instant()) + (request.parent() == null ? "" : "i");
      if (catalog.objects(id).isEmpty()
          && store.head(catalog.infoKey(id)).isEmpty()
          && claim(id, request, catalog)) {
        return id;
      }
      if (attempt == ID_ATTEMPTS) {
        throw new IOException("there is a backup %s already; try again in a second".formatted(id));
      }
      try {
        Thread.sleep(ID_PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("cancelled", e);
      }
    }
  }

  /// Makes an id ours, unless another process, to which it looked free as well, did just before.
  private boolean claim(String id, Request request, BackupCatalog catalog) throws IOException {
    var owner = UUID.randomUUID().toString();
    var options = new PutOptions(true, request.encryption(), request.tags());
    return put(catalog.ownerKey(id), owner.getBytes(StandardCharsets.UTF_8), options)
        || catalog.owner(id).equals(owner); // the answer to a first try may have been lost
  }

  /// Whether the `backup.info` in the store is the one that we wrote.
  private static boolean isOurs(
      BackupCatalog catalog, String id, @Nullable BackupInfo written, boolean ifAbsent) {
    return catalog
        .infoText(id)
        .map(there -> written != null && there.equals(written.text()))
        .orElse(ifAbsent);
  }

  private Taken copy(
      BackupSession session,
      Request request,
      String id,
      BackupCatalog catalog,
      AtomicReference<@Nullable BackupInfo> written)
      throws IOException {
    var before = parent(request, session.server(), catalog);
    var begin = session.start("Barman backup cloud " + id, request.immediateCheckpoint());
    var server = session.server();
    requireTimeline(request, begin);
    var parent = before == null ? null : before.with(session.summaries(before.since(), begin));
    var copy =
        new Copy(
            store,
            request,
            catalog.folder(id),
            new Damage(server.checksums(), begin.lsn()),
            parent);
    copy.sums().settledBefore(settled(server));
    BackupSession.Stopped stopped;
    try (var data = copy.begin(server)) {
      data.addControlFile();
      for (var config : List.of(server.configFile(), server.hbaFile(), server.identFile())) {
        data.addOutside(Path.of(config));
      }
      stopped = session.stop();
      data.addLabel(stopped.backupLabel());
      data.complete();
    }
    var end = stopped.point();
    requireAsFar(request, end);
    var options = new PutOptions(false, request.encryption(), request.tags());
    var manifest = copy.sums().finish(end.timeline(), begin.lsn().toString(), end.lsn().toString());
    put(catalog.manifestKey(id), manifest, options);
    var summary = copy.summary();
    put(catalog.summaryKey(id), summary.json(), options);
    var info = new BackupInfo(id, values(server, request, begin, stopped));
    var text = info.text().getBytes(StandardCharsets.UTF_8);
    written.set(info);
    if (!put(catalog.infoKey(id), text, options.onlyIfAbsent())
        && !isOurs(catalog, id, info, false)) { // the answer to a first try may have been lost
      throw new IOException("another backup took the id " + id);
    }
    requireChain(catalog, info);
    return new Taken(info, summary);
  }

  /// What it builds on may have been deleted meanwhile; see [dev.howdah.backup.catalog.Cleaning].
  private static void requireChain(BackupCatalog catalog, BackupInfo info) {
    try {
      catalog.chain(info);
    } catch (IllegalArgumentException e) {
      throw new NoParentException("not completed: " + e.getMessage());
    }
  }

  /// A while before anything is read, by the clock that files are written by: the control file was
  /// written when the backup began, or, on a standby, before.
  private static Instant settled(BackupSession.Server server) throws IOException {
    var control = Path.of(server.dataDirectory(), "global", "pg_control");
    return Files.getLastModifiedTime(control).toInstant().minus(SETTLED);
  }

  private @Nullable Parent parent(
      Request request, BackupSession.Server server, BackupCatalog catalog) {
    var info = request.parent();
    if (info == null) {
      return null;
    }
    var since = info.beginLsn();
    if (!info.isDone() || since == null || !info.systemId().equals(server.systemId())) {
      throw new NoParentException(
          "the backup %s is none of this server, or not complete; take a full one"
              .formatted(info.id()));
    }
    var manifest =
        FileManifest.find(store, catalog.manifestKey(info.id()))
            .orElseThrow(() ->
                new NoParentException(
                    "the backup %s has no manifest of ours to build on; take a full one"
                        .formatted(info.id())));
    var sound =
        catalog.summary(info.id()).map(summary -> summary.damagedPages() == 0).orElse(false);
    return new Parent(manifest, since, sound, null);
  }

  /// Behind a change of the timeline, pages of the old one may lie beyond the branch.
  private static void requireTimeline(Request request, BackupSession.Point begin) {
    var info = request.parent();
    if (info != null && info.timeline() != begin.timeline()) {
      throw new NoParentException(
          "the backup %s is of timeline %d, the server on %d; take a full one"
              .formatted(info.id(), info.timeline(), begin.timeline()));
    }
    var since = info == null ? null : info.beginLsn();
    if (info != null && since != null && begin.lsn().compareTo(since) < 0) {
      throw notAsFar(info, since, begin);
    }
  }

  /// What the parent holds of after our end, or of a timeline that we left, nothing would take out
  /// again: a standby can be behind the server that the parent was taken of, or elsewhere.
  private static void requireAsFar(Request request, BackupSession.Point end) {
    var info = request.parent();
    var least = info == null ? null : info.endLsn();
    if (info != null
        && least != null
        && (info.timeline() != end.timeline() || end.lsn().compareTo(least) < 0)) {
      throw notAsFar(info, least, end);
    }
  }

  private static NoParentException notAsFar(
      BackupInfo info, Lsn wanted, BackupSession.Point reached) {
    return new NoParentException(
        "the backup %s is of timeline %d and reaches to %s, the server on %d only to %s; take a full one"
            .formatted(info.id(), info.timeline(), wanted, reached.timeline(), reached.lsn()));
  }

  private boolean put(String key, byte[] bytes, PutOptions options) throws IOException {
    try {
      return store.put(key, Body.of(bytes), options);
    } catch (StoreException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static Map<String, String> values(
      BackupSession.Server server,
      Request request,
      BackupSession.Point begin,
      BackupSession.Stopped stopped) {
    var end = stopped.point();
    var values = new HashMap<String, String>();
    values.put("backup_label", BackupInfo.literal(stopped.backupLabel()));
    if (request.name() != null) {
      values.put("backup_name", request.name());
    }
    values.put("begin_offset", Long.toString(begin.offset()));
    values.put("begin_time", BackupInfo.time(begin.time()));
    values.put("begin_wal", begin.wal());
    values.put("begin_xlog", begin.lsn().toString());
    values.put("config_file", server.configFile());
    values.put("end_offset", Long.toString(end.offset()));
    values.put("end_time", BackupInfo.time(end.time()));
    values.put("end_wal", end.wal());
    values.put("end_xlog", end.lsn().toString());
    values.put("hba_file", server.hbaFile());
    values.put("ident_file", server.identFile());
    var parent = request.parent();
    if (parent != null) {
      values.put("parent_backup_id", parent.id());
    }
    values.put("pgdata", server.dataDirectory());
    values.put("server_name", BackupInfo.SERVER_NAME);
    values.put("status", "DONE");
    values.put("systemid", server.systemId());
    if (!server.tablespaces().isEmpty()) {
      values.put("tablespaces", BackupInfo.literal(server.tablespaces()));
    }
    values.put("timeline", Integer.toString(begin.timeline()));
    values.put("version", Integer.toString(server.versionNumber()));
    values.put("xlog_segment_size", Long.toString(server.segmentBytes()));
    return values;
  }
}
