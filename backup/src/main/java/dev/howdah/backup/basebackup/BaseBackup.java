// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Takes a base backup of the server on this machine and stores it as barman-cloud does: a tar for
/// the data directory, one for each tablespace, and last of all the `backup.info` that makes it
/// visible.
///
/// Whatever fails before that leaves nothing that a reader takes for a backup; the objects of a
/// failed one are removed where the store can still be reached.
public final class BaseBackup {
  private static final int PART_BYTES = 20 << 20;
  private static final int PARTS_IN_FLIGHT = 2;

  private final ObjectStore store;
  private final InstantSource clock;

  /// @param serverName the folder of this server in the store
  /// @param name a name for people; null for none
  /// @param immediateCheckpoint begin at once, at the price of a burst of writes
  /// @param progress is told the bytes of each piece read
  public record Request(
      String serverName,
      Path dataDirectory,
      @Nullable String name,
      Compression compression,
      boolean immediateCheckpoint,
      String encryption,
      Map<String, String> tags,
      LongConsumer progress) {
    public Request {
      tags = Map.copyOf(tags);
    }
  }

  public BaseBackup(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /// Takes the backup in this session, which nobody else may use meanwhile. Returns what was stored
  /// as `backup.info`.
  ///
  /// @throws IOException if a file can't be read or an object not be stored
  /// @throws dev.howdah.postgres.PostgresException if the server ends the backup
  public BackupInfo take(PgConnection connection, Request request) throws IOException {
    var session = new BackupSession(connection);
    var id = BackupInfo.idAt(clock.instant());
    var catalog = new BackupCatalog(store, request.serverName());
    if (store.head(catalog.infoKey(id)).isPresent()) {
      throw new IOException("there is a backup %s already; try again in a second".formatted(id));
    }
    try {
      return copy(session, request, id, catalog);
    } catch (IOException | RuntimeException e) {
      try {
        store.delete(catalog.objects(id));
      } catch (RuntimeException cleanUp) {
        e.addSuppressed(cleanUp);
      }
      throw e;
    }
  }

  private BackupInfo copy(BackupSession session, Request request, String id, BackupCatalog catalog)
      throws IOException {
    var server = session.server();
    var begin = session.start("Barman backup cloud " + id, request.immediateCheckpoint());
    var folder = request.serverName() + "/base/" + id + "/";
    for (var tablespace : server.tablespaces()) {
      try (var object = new TarObject(folder + tablespace.oid(), request)) {
        object.tar.tablespace(Path.of(tablespace.location()));
        object.complete();
      }
    }
    BackupSession.Stopped stopped;
    try (var object = new TarObject(folder + "data", request)) {
      var data = request.dataDirectory().toRealPath();
      object.tar.dataDirectory(data);
      object.tar.file(data.resolve("global/pg_control"), "global/pg_control");
      for (var config : List.of(server.configFile(), server.hbaFile(), server.identFile())) {
        var file = Path.of(config);
        if (!file.startsWith(data) && Files.isReadable(file)) {
          object.tar.file(file, "./" + file.getFileName());
        }
      }
      stopped = session.stop();
      object.tar.text("backup_label", stopped.backupLabel());
      object.complete();
    }
    var info = new BackupInfo(id, values(server, request, begin, stopped));
    var options = new PutOptions(true, request.encryption(), request.tags());
    var text = info.text().getBytes(StandardCharsets.UTF_8);
    if (!store.put(catalog.infoKey(id), Body.of(text), options)) {
      throw new IOException("another backup took the id " + id);
    }
    return info;
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

  /// A tar on its way through compression into parts of an object.
  private final class TarObject implements AutoCloseable {
    final TarStream tar;
    private final PartSink sink;

    TarObject(String key, Request request) throws IOException {
      var options = new PutOptions(false, request.encryption(), request.tags());
      var upload = store.begin(key + ".tar" + request.compression().extension(), options);
      this.sink = new PartSink(upload, PART_BYTES, PARTS_IN_FLIGHT);
      // closing the tar must not close the sink: what is not completed is given up
      var open = new Unclosed(sink);
      this.tar = new TarStream(request.compression().compress(open, -1), request.progress());
    }

    void complete() throws IOException {
      tar.close();
      sink.complete();
    }

    @Override
    public void close() {
      sink.close();
    }
  }
}
