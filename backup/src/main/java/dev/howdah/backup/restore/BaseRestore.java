// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.restore;

import dev.howdah.backup.WorkerFailure;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.catalog.FileManifest;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Extracts the tars of a base backup: barman-cloud's and ours, whole or split, of any compression,
/// several at once. Each file of a backup of ours is compared with what was backed up.
///
/// What comes out is what PostgreSQL needs to begin recovery from `backup_label`, and on disk;
/// recovery settings are the caller's. A restore that fails leaves a folder that must not be
/// started; the caller marks it so beforehand.
public final class BaseRestore {
  private final ObjectStore store;
  private final BackupCatalog catalog;
  private final int jobs;

  /// @param serverName the folder of the backed-up server in the store
  public BaseRestore(ObjectStore store, String serverName) {
    this(store, serverName, Runtime.getRuntime().availableProcessors());
  }

  /// @param jobs how many tars are read at once
  public BaseRestore(ObjectStore store, String serverName, int jobs) {
    this.store = store;
    this.catalog = new BackupCatalog(store, serverName);
    this.jobs = jobs;
  }

  /// @param tablespaces where to put tablespaces, by name; others go where they were
  public record Target(Path dataDirectory, Map<String, Path> tablespaces) {
    public Target {
      tablespaces = Map.copyOf(tablespaces);
    }
  }

  /// One tar of a backup.
  ///
  /// @param pathPrefix of its names in the manifest
  private record Source(String key, @Nullable Path into, String pathPrefix) {}

  /// Restores into folders that are empty or absent. An interrupt cancels it.
  ///
  /// @param progress is told the bytes of each piece written, by several threads
  /// @throws IOException if a folder is not empty or can't be written
  /// @throws StoreException if the backup is incomplete or damaged
  public void restore(BackupInfo backup, Target target, LongConsumer progress) throws IOException {
    var data = target.dataDirectory();
    requireEmpty(data);
    for (var tablespace : backup.tablespaces()) {
      requireEmpty(location(tablespace, target));
    }
    TarReader.folder(data);
    for (var tablespace : backup.tablespaces()) {
      TarReader.folder(location(tablespace, target));
    }
    var chain = catalog.chain(backup);
    for (var step : chain) {
      read(step, sources(step, backup, target), progress);
    }
    if (chain.size() > 1) {
      keepOnly(backup, target);
    }
    var links = data.resolve("pg_tblspc");
    TarReader.folder(links);
    for (var tablespace : backup.tablespaces()) {
      Files.createSymbolicLink(
          links.resolve(Long.toString(tablespace.oid())), location(tablespace, target));
    }
    if (!Files.exists(data.resolve("pg_wal"))) {
      TarReader.folder(data.resolve("pg_wal"));
    }
    if (!Files.exists(data.resolve("backup_label")) || !Files.exists(data.resolve("PG_VERSION"))) {
      throw new StoreException(
          Kind.CORRUPT,
          "the backup %s in %s holds no backup_label or no PG_VERSION; it can't be recovered from"
              .formatted(backup.id(), store.location()));
    }
    sync(data);
    for (var tablespace : backup.tablespaces()) {
      sync(location(tablespace, target));
    }
  }

  /// Reads a backup to its end without writing anything, and checks all that can be checked.
  ///
  /// @return the number of files
  /// @throws StoreException if it is incomplete or damaged
  public int verify(BackupInfo backup, LongConsumer progress) throws IOException {
    int files = 0;
    for (var step : catalog.chain(backup)) {
      files += read(step, sources(step, step, null), progress);
    }
    return files;
  }

  /// @param whole the backup that is restored in the end: tablespaces that it doesn't have any more
  ///   are left out
  private List<Source> sources(BackupInfo backup, BackupInfo whole, @Nullable Target target) {
    var sources = new ArrayList<Source>();
    var oids = whole.tablespaces().stream().map(BackupInfo.Tablespace::oid).toList();
    for (var tablespace : backup.tablespaces()) {
      if (!oids.contains(tablespace.oid())) {
        continue;
      }
      var into = target == null ? null : location(tablespace, target);
      sources.addAll(sources(backup, Long.toString(tablespace.oid()), into));
    }
    sources.addAll(sources(backup, "data", target == null ? null : target.dataDirectory()));
    return sources;
  }

  /// Removes what the backups that an incremental one builds on had besides, and checks that the
  /// rest is there.
  private void keepOnly(BackupInfo backup, Target target) throws IOException {
    var manifest =
        FileManifest.find(store, catalog.manifestKey(backup.id()))
            .orElseThrow(() -> damaged(backup, "it has no manifest"));
    var roots = new TreeMap<String, Path>();
    roots.put("", target.dataDirectory());
    for (var tablespace : backup.tablespaces()) {
      roots.put("pg_tblspc/" + tablespace.oid() + "/", location(tablespace, target));
    }
    long found = 0;
    for (var root : roots.entrySet()) {
      try (var all = Files.walk(root.getValue())) {
        for (var path : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
          var name = root.getKey() + root.getValue().relativize(path);
          var sum = manifest.files().get(name);
          if (sum == null) {
            Files.delete(path);
          } else if (sum.size() != Files.size(path)) {
            throw damaged(backup, name + " has the wrong size");
          } else {
            found++;
          }
        }
      }
    }
    if (found != manifest.files().size()) {
      throw damaged(backup, "files are missing");
    }
  }

  private StoreException damaged(BackupInfo backup, String why) {
    return new StoreException(
        Kind.CORRUPT,
        "the backup %s in %s can't be put together: %s; restore from another backup"
            .formatted(backup.id(), store.location(), why));
  }

  /// Pages that an incremental backup lacks would be taken from its parent: all its tars must be
  /// there.
  private void requireObjects(BackupInfo backup) {
    var summary =
        catalog.summary(backup.id()).orElseThrow(() -> damaged(backup, "it has no summary"));
    var there = catalog.sizes(backup.id());
    for (var name : summary.objects().keySet()) {
      if (!there.containsKey(name)) {
        throw damaged(backup, name + " is missing");
      }
    }
  }

  private int read(BackupInfo backup, List<Source> sources, LongConsumer progress)
      throws IOException {
    if (!backup.parent().isEmpty()) {
      requireObjects(backup);
    }
    var manifest = FileManifest.find(store, catalog.manifestKey(backup.id())).orElse(null);
    var reader = new TarReader(store, backup.id(), manifest, progress);
    try (var workers =
        Executors.newFixedThreadPool(
            Math.max(1, Math.min(jobs, sources.size())),
            Thread.ofPlatform().daemon().name("restore-", 0).factory())) {
      var running = new ExecutorCompletionService<Source>(workers);
      for (var source : sources) {
        running.submit(() -> {
          reader.read(source.key(), source.into(), source.pathPrefix());
          return source;
        });
      }
      try {
        for (int i = 0; i < sources.size(); i++) {
          running.take().get();
        }
      } catch (InterruptedException e) {
        workers.shutdownNow();
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("cancelled");
      } catch (ExecutionException e) {
        workers.shutdownNow();
        throw WorkerFailure.of(e);
      }
    }
    if (backup.parent().isEmpty()) {
      reader.checkComplete();
    }
    return reader.files();
  }

  private static Path location(BackupInfo.Tablespace tablespace, Target target) {
    var mapped = target.tablespaces().get(tablespace.name());
    return mapped == null ? Path.of(tablespace.location()) : mapped;
  }

  private static void requireEmpty(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (var entries = Files.list(folder)) {
        if (entries.findAny().isPresent()) {
          throw new DirectoryNotEmptyException(
              folder + " is not empty; a restore overwrites nothing");
        }
      }
    }
  }

  /// The main tar and its parts. Where one name comes with two extensions the last one counts, as
  /// with barman.
  private List<Source> sources(BackupInfo backup, String name, @Nullable Path into) {
    var shape =
        Pattern.compile("(" + Pattern.quote(name) + "(?:_[0-9]{4,})?\\.tar)(\\.[a-z0-9]+)?");
    var byStem = new TreeMap<String, String>();
    for (var object : objects(backup)) {
      var matcher = shape.matcher(object.key().substring(object.key().lastIndexOf('/') + 1));
      if (matcher.matches()) {
        byStem.put(matcher.group(1), object.key());
      }
    }
    if (!byStem.containsKey(name + ".tar")) {
      throw new StoreException(
          Kind.NOT_FOUND,
          "the backup %s in %s lacks %s.tar; restore from another backup"
              .formatted(backup.id(), store.location(), name));
    }
    var prefix = name.equals("data") ? "" : "pg_tblspc/" + name + "/";
    return byStem.values().stream().map(key -> new Source(key, into, prefix)).toList();
  }

  /// Puts everything on disk before anybody takes the restore for done.
  private static void sync(Path root) throws IOException {
    try (var all = Files.walk(root)) {
      for (var path : (Iterable<Path>) all::iterator) {
        if (!Files.isSymbolicLink(path)) {
          try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
          }
        }
      }
    }
  }

  /// What a restore would read, for an estimate of its time.
  public List<ObjectStore.ObjectInfo> objects(BackupInfo backup) {
    return store.level(catalog.folder(backup.id())).objects();
  }
}
