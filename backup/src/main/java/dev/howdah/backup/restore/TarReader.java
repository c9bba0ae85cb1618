// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.restore;

import dev.howdah.backup.basebackup.PageDelta;
import dev.howdah.backup.catalog.FileManifest;
import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/// Reads the tars of a backup and compares each file with the backup's manifest, where it has one.
/// Several threads may read tars of the same backup.
final class TarReader {
  /// Larger writes cost twice the system time on ext4 (see bench/backup.md).
  private static final int CHUNK = 64 * 1024;

  private final ObjectStore store;
  private final String backupId;
  private final @Nullable FileManifest manifest;
  private final LongConsumer progress;
  private final Set<String> seen = ConcurrentHashMap.newKeySet();

  /// @param progress is told the bytes of each piece of a file, by several threads
  TarReader(
      ObjectStore store, String backupId, @Nullable FileManifest manifest, LongConsumer progress) {
    this.store = store;
    this.backupId = backupId;
    this.manifest = manifest;
    this.progress = progress;
  }

  /// Where a tar's files go; null reads them only.
  ///
  /// @param pathPrefix of the tar's names in the manifest
  void read(String key, @Nullable Path into, String pathPrefix) throws IOException {
    try (InputStream raw = new ReadAheadStream(new ResumingStream(store, key));
        var plain = Compression.ofKey(key).decompress(raw);
        var tar = new TarArchiveInputStream(plain)) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        entry(tar, e, into, pathPrefix);
      }
      plain.transferTo(
          OutputStream.nullOutputStream()); // the compression's own checksum comes last
    } catch (IOException e) {
      if (isOurs(e)) {
        throw e;
      }
      throw damaged(key, String.valueOf(e.getMessage()), e);
    }
  }

  /// Disk full, no permission: not the archive's fault.
  private static boolean isOurs(IOException e) {
    return e instanceof java.nio.file.FileSystemException
        || e instanceof java.io.FileNotFoundException
        || e instanceof java.io.InterruptedIOException
        || String.valueOf(e.getMessage()).contains("No space left")
        || e instanceof LocalWriteException;
  }

  private StoreException damaged(String what, String why, @Nullable Throwable cause) {
    return new StoreException(
        Kind.CORRUPT,
        "%s of the backup %s in %s is damaged: %s; restore from another backup"
            .formatted(what, backupId, store.location(), why),
        cause);
  }

  private void entry(
      TarArchiveInputStream tar, TarArchiveEntry entry, @Nullable Path into, String pathPrefix)
      throws IOException {
    var name = entry.getName().startsWith("./") ? entry.getName().substring(2) : entry.getName();
    int slash = name.lastIndexOf('/') + 1;
    if (name.startsWith(PageDelta.PREFIX, slash)) {
      var plain = name.substring(0, slash) + name.substring(slash + PageDelta.PREFIX.length());
      var target = into == null ? null : inside(into, plain);
      try {
        PageDelta.apply(tar, target, progress);
      } catch (java.nio.file.FileSystemException e) {
        throw LocalWriteException.of(plain, e);
      }
      seen.add(pathPrefix + plain);
      return;
    }
    if (into == null) {
      if (entry.isFile()) {
        copy(tar, OutputStream.nullOutputStream(), pathPrefix + name);
      }
      return;
    }
    var path = inside(into, name);
    if (entry.isDirectory()) {
      folder(path);
    } else if (entry.isSymbolicLink()) {
      var link = path.getParent() == null ? path : path.getParent().resolve(entry.getLinkName());
      if (link.normalize().startsWith(into)) {
        Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      }
    } else if (entry.isFile()) {
      parents(path);
      Files.deleteIfExists(path);
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (var out = new FileOutputStream(path.toFile())) {
        copy(tar, out, pathPrefix + name);
      }
    }
  }

  private static Path inside(Path into, String name) throws IOException {
    var path = into.resolve(name).normalize();
    if (!path.startsWith(into)) {
      throw new LocalWriteException(
          "the archive wants to write outside the data directory: " + name);
    }
    return path;
  }

  private void copy(TarArchiveInputStream tar, OutputStream out, String path) throws IOException {
    var crc = new CRC32C();
    long size = 0;
    var chunk = new byte[CHUNK];
    for (int n = tar.read(chunk); n >= 0; n = tar.read(chunk)) {
      if (Thread.currentThread().isInterrupted()) {
        throw new java.io.InterruptedIOException("cancelled");
      }
      crc.update(chunk, 0, n);
      try {
        out.write(chunk, 0, n);
      } catch (IOException e) {
        throw LocalWriteException.of(path, e);
      }
      size += n;
      progress.accept(n);
    }
    check(path, size, (int) crc.getValue());
  }

  private void check(String path, long size, int crc) {
    seen.add(path);
    var expected = manifest == null ? null : manifest.files().get(path);
    var wanted = expected == null ? null : expected.crc();
    if (expected != null && (expected.size() != size || (wanted != null && wanted != crc))) {
      throw damaged(path, "it is not what was backed up", null);
    }
  }

  /// Checks that all files of the manifest were in the tars.
  void checkComplete() {
    if (manifest == null) {
      return;
    }
    for (var path : manifest.files().keySet()) {
      if (!seen.contains(path)) {
        throw damaged(path, "it is missing", null);
      }
    }
  }

  int files() {
    return seen.size();
  }

  static void folder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
  }

  private static void parents(Path path) throws IOException {
    var parent = path.getParent();
    if (parent != null && !Files.exists(parent)) {
      folder(parent);
    }
  }

  /// This machine could not write; the archive is fine.
  static final class LocalWriteException extends IOException {
    private static final long serialVersionUID = 1;

    static LocalWriteException of(String path, IOException e) {
      var why = String.valueOf(e.getMessage());
      var remedy =
          why.contains("No space left") ? "; the volume is full, give it more storage" : "";
      return new LocalWriteException(path + " can't be written: " + why + remedy, e);
    }

    private LocalWriteException(String message, Throwable cause) {
      super(message, cause);
    }

    LocalWriteException(String message) {
      super(message);
    }
  }
}
