// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import dev.howdah.backup.codec.Compression;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.postgres.data.WalDirectory;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The `wals/` of one server in an object store. What it holds is never overwritten with other
/// content, and success is only said of what the store has acknowledged.
public final class WalArchive {
  private static final int CHUNK = 128 * 1024;
  private static final int FETCH_TRIES = 3;
  private static final int SYSTEM_ID_AT = 24;
  private final ObjectStore store;
  private final String wals;
  private final Settings settings;

  /// @param segmentSizeBytes of the server whose WAL this is; what is restored must have it
  /// @param tags for segments and backup history files
  /// @param historyTags for timeline history files; where empty they get `tags`
  public record Settings(
      Compression compression,
      int level,
      long segmentSizeBytes,
      String encryption,
      Map<String, String> tags,
      Map<String, String> historyTags) {
    public Settings {
      tags = Map.copyOf(tags);
      historyTags = Map.copyOf(historyTags);
    }

    public static Settings of(Compression compression, long segmentSizeBytes) {
      return new Settings(compression, -1, segmentSizeBytes, "", Map.of(), Map.of());
    }
  }

  /// @param serverName the folder of this server in the store
  public WalArchive(ObjectStore store, String serverName, Settings settings) {
    this.store = store;
    this.wals = serverName + "/wals/";
    this.settings = settings;
  }

  /// Stores a file. Returns when the store has acknowledged it, or has had the same bytes before,
  /// under whatever compression.
  ///
  /// @throws WalConflictException if there is a file of this name with other bytes
  /// @throws StoreException if the store can't be reached or refuses
  public void put(WalFile file, Path from) throws IOException {
    put(file, from, Unchanged.SURELY);
  }

  /// As [#put], for a file that nobody can have stored under another compression: that isn't looked
  /// for, which saves a request.
  void putUnlooked(WalFile file, Path from) throws IOException {
    store(file, from, Unchanged.SURELY);
  }

  Compression compression() {
    return settings.compression();
  }

  /// Stores a file that PostgreSQL may remove at any moment, or rename and write anew: only if it
  /// was there still when all of it had been read. Nothing is copied, as its volume may be full.
  ///
  /// @return false if it isn't there any more
  public boolean putIfStill(WalFile file, Path from) throws IOException {
    Unchanged unchanged;
    try {
      unchanged = Unchanged.since(from);
    } catch (NoSuchFileException e) {
      return false;
    }
    try {
      put(file, from, unchanged);
      return true;
    } catch (IOException | StoreException e) {
      if (unchanged.isBrokenBy(e)) {
        return false;
      }
      throw e;
    }
  }

  private void put(WalFile file, Path from, Unchanged unchanged) throws IOException {
    var there = find(file);
    if (there.isPresent()) {
      requireSame(there.get(), file, from, unchanged);
    } else {
      store(file, from, unchanged);
    }
  }

  private void store(WalFile file, Path from, Unchanged unchanged) throws IOException {
    var tags =
        file.kind() == WalFile.Kind.TIMELINE_HISTORY && !settings.historyTags().isEmpty()
            ? settings.historyTags()
            : settings.tags();
    var options = new PutOptions(true, settings.encryption(), tags);
    var key = key(file, settings.compression());
    if (settings.compression() == Compression.NONE) {
      put(key, unchanged.body(from), options, file, from, unchanged);
      return;
    }
    var buffer = new ChunkedBuffer();
    try {
      settings.compression().compress(from, buffer, settings.level());
      unchanged.check();
      put(key, Body.of(buffer.pieces()), options, file, from, unchanged);
    } finally {
      buffer.release();
    }
  }

  private void put(
      String key, Body body, PutOptions options, WalFile file, Path from, Unchanged unchanged)
      throws IOException {
    if (!store.put(key, body, options)) {
      requireSame(key, file, from, unchanged);
    }
  }

  /// The rest of a partial segment is what was in the file before, on each server something else;
  /// all that counts of it is in the next timeline's segment too.
  private void requireSame(String key, WalFile file, Path from, Unchanged unchanged)
      throws IOException {
    boolean counts = file.kind() != WalFile.Kind.PARTIAL;
    if (counts && !same(key, from) && !isNobodys(file, from)) {
      unchanged.check();
      throw new WalConflictException(file.name(), store.location() + "/" + wals);
    }
  }

  /// A number that a promotion only passed over yields to the server that took it and died.
  private static boolean isNobodys(WalFile file, Path from) throws IOException {
    return file.kind() == WalFile.Kind.TIMELINE_HISTORY
        && Files.readString(from).equals(WalDirectory.NOBODYS);
  }

  /// Whether the archive has a file with these very bytes.
  public boolean holds(WalFile file, Path bytes) throws IOException {
    var there = find(file);
    try {
      return there.isPresent() && same(there.get(), bytes);
    } catch (StoreException e) {
      if (e.isNotFound()) {
        return false; // deleted meanwhile
      }
      throw e;
    }
  }

  /// Whether the archive has a file of this name.
  public boolean has(WalFile file) {
    return find(file).isPresent();
  }

  private String key(WalFile file, Compression compression) {
    return wals + file.path() + compression.extension();
  }

  private boolean same(String key, Path file) throws IOException {
    try (var theirs = Compression.ofKey(key).decompress(store.get(key, 0));
        var ours = Files.newInputStream(file)) {
      return sameBytes(theirs, ours);
    }
  }

  private static boolean sameBytes(InputStream a, InputStream b) throws IOException {
    while (true) {
      var left = a.readNBytes(64 * 1024);
      var right = b.readNBytes(64 * 1024);
      if (!Arrays.equals(left, right)) {
        return false;
      }
      if (left.length == 0) {
        return true;
      }
    }
  }

  /// Fetches a file to `target`, whole, or leaves nothing there.
  ///
  /// @return false if the archive has no such file
  /// @throws StoreException of kind CORRUPT if what it has is damaged or too short
  public boolean fetch(WalFile file, Path target) throws IOException {
    var temporary = target.resolveSibling(target.getFileName() + ".fetching");
    try {
      var likely = key(file, settings.compression());
      if (!fetchInto(likely, temporary)) {
        var other = find(file);
        if (other.isEmpty() || !fetchInto(other.get(), temporary)) {
          return false;
        }
      }
      checkSize(file, temporary);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /// Writes what an object holds; not to disk at once: if the machine goes down, the file is
  /// fetched again.
  private boolean fetchInto(String key, Path temporary) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (var raw = store.get(key, 0);
          var in = Compression.ofKey(key).decompress(new BufferedInputStream(raw, CHUNK));
          var out = new FileOutputStream(temporary.toFile())) {
        copy(in, out);
        return true;
      } catch (StoreException e) {
        if (e.isNotFound()) {
          return false;
        }
        throw e;
      } catch (FileNotFoundException e) {
        throw e;
      } catch (IOException e) {
        if (String.valueOf(e.getMessage()).contains("No space left")) {
          throw new IOException(
              "the WAL volume is full: %s can't be written (%s); grow the volume"
                  .formatted(temporary, e.getMessage()),
              e);
        }
        if (attempt == FETCH_TRIES) {
          throw new StoreException(
              Kind.CORRUPT,
              "%s in %s can't be read: %s".formatted(key, store.location(), e.getMessage()),
              e);
        }
      }
    }
  }

  private static void copy(InputStream in, FileOutputStream out) throws IOException {
    var chunk = new byte[CHUNK / 2];
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      out.write(chunk, 0, n);
    }
  }

  private void checkSize(WalFile file, Path fetched) throws IOException {
    long size = Files.size(fetched);
    if (file.kind() == WalFile.Kind.SEGMENT && size != settings.segmentSizeBytes()) {
      throw new StoreException(
          Kind.CORRUPT,
          "%s in %s has %d bytes instead of %d"
              .formatted(file.name(), store.location(), size, settings.segmentSizeBytes()));
    }
  }

  /// The key of a file, whatever its extension.
  private Optional<String> find(WalFile file) {
    var keys = new ArrayList<String>();
    store.list(wals + file.path(), info -> keys.add(info.key()));
    return keys.stream().filter(k -> WalFile.ofKey(k).filter(file::equals).isPresent()).findFirst();
  }

  /// A small file of the archive, such as a timeline history, by its key.
  ///
  /// @throws StoreException of kind CORRUPT if it can't be read
  public static byte[] read(ObjectStore store, String key) {
    try (var in = Compression.ofKey(key).decompress(store.get(key, 0))) {
      return in.readNBytes(1 << 20);
    } catch (IOException e) {
      throw new StoreException(
          Kind.CORRUPT, "%s in %s can't be read: %s".formatted(key, store.location(), e), e);
    }
  }

  /// The history of a timeline; empty if the archive hasn't got it.
  public Optional<TimelineHistory> history(Timeline timeline) {
    return WalFile.named(TimelineHistory.fileName(timeline))
        .flatMap(this::find)
        .map(key ->
            TimelineHistory.parse(timeline, new String(read(store, key), StandardCharsets.UTF_8)));
  }

  /// All files there are, in the order of their names.
  public List<WalFile> list() {
    var files = new ArrayList<WalFile>();
    each((file, _) -> files.add(file));
    files.sort(java.util.Comparator.comparing(WalFile::name));
    return Collections.unmodifiableList(files);
  }

  /// Tells of all files there are without keeping them, however many.
  public void each(BiConsumer<WalFile, ObjectStore.ObjectInfo> tell) {
    each("", tell);
  }

  /// @param under the beginning of their [WalFile#path]s
  public void each(String under, BiConsumer<WalFile, ObjectStore.ObjectInfo> tell) {
    store.list(
        wals + under, info -> WalFile.ofKey(info.key()).ifPresent(file -> tell.accept(file, info)));
  }

  /// Whether nothing that looks like WAL is there; a new Cluster may only begin in such a place.
  public boolean isEmpty() {
    return some(_ -> true).isEmpty();
  }

  /// The key of some file; looks at a folder at a time, until there is one.
  private Optional<String> some(Predicate<WalFile> wanted) {
    var level = store.level(wals);
    return Stream.concat(
            level.objects().stream(),
            level.prefixes().stream().flatMap(folder -> store.level(folder).objects().stream()))
        .map(ObjectStore.ObjectInfo::key)
        .filter(key -> WalFile.ofKey(key).filter(wanted).isPresent())
        .findFirst();
  }

  /// The system identifier of a server whose segments are here, from the first page's header of
  /// some segment (PostgreSQL: `XLogLongPageHeaderData`); empty if there is none.
  ///
  /// @throws StoreException of kind CORRUPT if it can't be read
  public OptionalLong systemId() {
    Optional<InputStream> found = Optional.empty();
    var key = "";
    while (found.isEmpty()) { // the retention policy may delete that very one meanwhile
      key = some(file -> file.kind() == WalFile.Kind.SEGMENT).orElse("");
      if (key.isEmpty()) {
        return OptionalLong.empty();
      }
      found = store.find(key);
    }
    try (var in = Compression.ofKey(key).decompress(found.get())) {
      var header = ByteBuffer.wrap(in.readNBytes(SYSTEM_ID_AT + Long.BYTES));
      return header.remaining() < SYSTEM_ID_AT + Long.BYTES
          ? OptionalLong.empty()
          : OptionalLong.of(header.order(ByteOrder.nativeOrder()).getLong(SYSTEM_ID_AT));
    } catch (IOException e) {
      throw new StoreException(
          Kind.CORRUPT, "%s in %s can't be read: %s".formatted(key, store.location(), e), e);
    }
  }
}
