// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.restore;

import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/// Extracts the tars of a base backup: barman-cloud's and ours, whole or split, of any compression.
///
/// What comes out is what PostgreSQL needs to begin recovery from `backup_label`; recovery settings
/// are the caller's. A restore that fails leaves a folder that must not be started; the caller
/// marks it so beforehand.
public final class BaseRestore {
  private final ObjectStore store;
  private final String base;

  /// @param serverName the folder of the backed-up server in the store
  public BaseRestore(ObjectStore store, String serverName) {
    this.store = store;
    this.base = serverName + "/base/";
  }

  /// @param tablespaces where to put tablespaces, by name; others go where they were
  public record Target(Path dataDirectory, Map<String, Path> tablespaces) {
    public Target {
      tablespaces = Map.copyOf(tablespaces);
    }
  }

  /// Restores into folders that are empty or absent.
  ///
  /// @param progress is told the bytes of each piece written
  /// @throws IOException if a folder is not empty or can't be written
  /// @throws StoreException if the backup is incomplete or damaged
  public void restore(BackupInfo backup, Target target, LongConsumer progress) throws IOException {
    var data = target.dataDirectory();
    requireEmpty(data);
    for (var tablespace : backup.tablespaces()) {
      requireEmpty(location(tablespace, target));
    }
    for (var tablespace : backup.tablespaces()) {
      var location = location(tablespace, target);
      makeFolder(location);
      extractAll(backup, Long.toString(tablespace.oid()), location, progress);
    }
    makeFolder(data);
    extractAll(backup, "data", data, progress);
    var links = data.resolve("pg_tblspc");
    makeFolder(links);
    for (var tablespace : backup.tablespaces()) {
      Files.createSymbolicLink(
          links.resolve(Long.toString(tablespace.oid())), location(tablespace, target));
    }
    if (!Files.exists(data.resolve("pg_wal"))) {
      makeFolder(data.resolve("pg_wal"));
    }
    if (!Files.exists(data.resolve("backup_label")) || !Files.exists(data.resolve("PG_VERSION"))) {
      throw new StoreException(
          Kind.CORRUPT,
          "the backup %s in %s holds no backup_label or no PG_VERSION; it can't be recovered from"
              .formatted(backup.id(), store.location()));
    }
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

  private static void makeFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
  }

  /// The main tar and its parts, one after another.
  private void extractAll(BackupInfo backup, String name, Path into, LongConsumer progress)
      throws IOException {
    var parts = new ArrayList<String>();
    var shape = Pattern.compile(Pattern.quote(name) + "(_[0-9]{4})?\\.tar(\\.[a-z0-9]+)?");
    for (var object : store.level(base + backup.id() + "/").objects()) {
      var file = object.key().substring(object.key().lastIndexOf('/') + 1);
      if (shape.matcher(file).matches()) {
        parts.add(object.key());
      }
    }
    if (parts.stream().noneMatch(p -> p.contains("/" + name + ".tar"))) {
      throw new StoreException(
          Kind.NOT_FOUND,
          "the backup %s in %s lacks %s.tar".formatted(backup.id(), store.location(), name));
    }
    parts.sort((a, b) -> order(a).compareTo(order(b)));
    for (var part : parts) {
      extract(part, into, progress);
    }
  }

  private static String order(String key) {
    return key.contains("_") ? "1" + key : "0" + key;
  }

  private void extract(String key, Path into, LongConsumer progress) throws IOException {
    try (InputStream raw = new ResumingStream(store, key);
        var plain = Compression.ofKey(key).decompress(new BufferedInputStream(raw, 1 << 18));
        var tar = new TarArchiveInputStream(plain)) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        extractEntry(tar, e, into, progress);
      }
    }
  }

  private static void extractEntry(
      TarArchiveInputStream tar, TarArchiveEntry entry, Path into, LongConsumer progress)
      throws IOException {
    var path = into.resolve(entry.getName()).normalize();
    if (!path.startsWith(into)) {
      throw new IOException(
          "the archive wants to write outside the data directory: " + entry.getName());
    }
    if (entry.isDirectory()) {
      makeFolder(path);
    } else if (entry.isSymbolicLink()) {
      var link = path.getParent() == null ? path : path.getParent().resolve(entry.getLinkName());
      if (link.normalize().startsWith(into)) {
        Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      }
    } else if (entry.isFile()) {
      makeParents(path);
      try (var out = Files.newOutputStream(path)) {
        var chunk = new byte[1 << 18];
        for (int n = tar.read(chunk); n >= 0; n = tar.read(chunk)) {
          out.write(chunk, 0, n);
          progress.accept(n);
        }
      }
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    }
  }

  private static void makeParents(Path path) throws IOException {
    var parent = path.getParent();
    if (parent != null && !Files.exists(parent)) {
      makeFolder(parent);
    }
  }

  /// What a restore would read, for an estimate of its time.
  public List<ObjectStore.ObjectInfo> objects(BackupInfo backup) {
    return store.level(base + backup.id() + "/").objects();
  }
}
