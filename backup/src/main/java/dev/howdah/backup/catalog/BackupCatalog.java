// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import dev.howdah.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The base backups of one server in an object store.
public final class BackupCatalog {
  private static final Pattern ID = Pattern.compile("\\d{8}T\\d{6}i?");
  private static final int LARGEST_INFO = 1 << 20;
  private final ObjectStore store;
  private final String base;
  private final String incremental;

  public BackupCatalog(ObjectStore store, String serverName) {
    this.store = store;
    this.base = serverName + "/base/";
    this.incremental = serverName + "/howdah/incremental/";
  }

  /// What the catalogue holds, oldest first, and what in it could not be read.
  public record Listing(List<Entry> entries, List<String> unreadable) {
    public Listing {
      entries = List.copyOf(entries);
      unreadable = List.copyOf(unreadable);
    }

    /// Those that can be restored from, oldest first.
    public List<Entry> done() {
      return entries.stream().filter(e -> e.info().isDone() && lacks(e).isEmpty()).toList();
    }

    /// Incremental ones that can't be restored, as what they build on is gone: somebody deleted it,
    /// another tool for instance, which doesn't know of them.
    public List<Entry> orphans() {
      return entries.stream().filter(e -> e.info().isDone() && !lacks(e).isEmpty()).toList();
    }

    /// The id of the backup that is missing of those which this one builds on; empty if none is.
    public String lacks(Entry entry) {
      var parent = entry.info().parent();
      while (!parent.isEmpty()) {
        var id = parent;
        var there = entries.stream().filter(e -> e.info().id().equals(id)).findFirst();
        if (there.isEmpty()) {
          return id;
        }
        parent = there.get().info().parent();
      }
      return "";
    }
  }

  /// @param keep what its annotation `keep` says
  public record Entry(BackupInfo info, Keep keep) {}

  /// Whether a backup is exempt from retention (barman's `keep` annotation).
  public enum Keep {
    NO,
    /// The backup and all WAL since.
    FULL,
    /// The backup and the WAL that makes it consistent.
    STANDALONE
  }

  /// Reads all `backup.info`; a folder without one is an interrupted upload, or being deleted, and
  /// doesn't count.
  public Listing list() {
    var entries = new ArrayList<Entry>();
    var unreadable = new ArrayList<String>();
    var prefixes = new ArrayList<>(store.level(base).prefixes());
    prefixes.addAll(store.level(incremental).prefixes());
    for (var prefix : prefixes) {
      var id =
          prefix.substring(prefix.lastIndexOf('/', prefix.length() - 2) + 1, prefix.length() - 1);
      if (!ID.matcher(id).matches()) {
        continue;
      }
      try {
        text(prefix + "backup.info")
            .ifPresent(t -> entries.add(new Entry(BackupInfo.parse(id, t), keep(id))));
      } catch (IllegalArgumentException e) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
    }
    entries.sort(java.util.Comparator.comparing(e -> e.info().id()));
    return new Listing(entries, unreadable);
  }

  private Keep keep(String id) {
    var key = folder(id) + "annotations/keep";
    return text(key)
        .map(t -> t.lines().findFirst().orElse("").strip())
        .map(t -> t.equals("standalone") ? Keep.STANDALONE : Keep.FULL)
        .orElse(Keep.NO);
  }

  private Optional<String> text(String key) {
    var found = store.find(key);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (var in = found.get()) {
      return Optional.of(new String(in.readNBytes(LARGEST_INFO), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalArgumentException(key + " can't be read: " + e.getMessage(), e);
    }
  }

  /// Everything stored of a backup but its `backup.info`.
  public List<String> objects(String id) {
    var keys = new ArrayList<String>();
    store.list(
        folder(id),
        info -> {
          if (!info.key().endsWith("/backup.info")) {
            keys.add(info.key());
          }
        });
    return Collections.unmodifiableList(keys);
  }

  /// The sizes of the tars of a backup, as they are stored, by their names, and of what else is
  /// directly in its folder.
  public Map<String, Long> sizes(String id) {
    var folder = folder(id);
    var sizes = new TreeMap<String, Long>();
    store
        .level(folder)
        .objects()
        .forEach(o -> sizes.put(o.key().substring(folder.length()), o.sizeBytes()));
    return sizes;
  }

  /// Deletes a backup: first the `backup.info` that makes it visible, so that nobody restores from
  /// half of it, then its data. Cut short, it can be repeated.
  public void delete(String id) {
    store.delete(List.of(infoKey(id)));
    store.delete(objects(id));
  }

  /// Where a backup's objects are, with its slash. Incremental ones, whose ids end in `i`, lie
  /// where other tools don't look: these would take them for full ones.
  public String folder(String id) {
    return (id.endsWith("i") ? incremental : base) + id + "/";
  }

  /// The sizes and checksums of all files, in PostgreSQL's form, compressed with zstd.
  public String manifestKey(String id) {
    return folder(id) + "howdah/backup_manifest.zst";
  }

  public String summaryKey(String id) {
    return folder(id) + "howdah/summary.json";
  }

  /// The first object of a backup: who has it keeps others from writing theirs beside it, until it
  /// goes with the rest.
  public String ownerKey(String id) {
    return folder(id) + "howdah/owner";
  }

  /// Who began a backup, in a word of its own; empty if that isn't known.
  public String owner(String id) {
    return text(ownerKey(id)).orElse("");
  }

  /// What we noted of a backup; empty for those of other tools.
  public Optional<BackupSummary> summary(String id) {
    return text(summaryKey(id))
        .map(t -> {
          try {
            return BackupSummary.parse(t.getBytes(StandardCharsets.UTF_8));
          } catch (IOException e) {
            throw new IllegalArgumentException(summaryKey(id) + " can't be read: " + e, e);
          }
        });
  }

  /// The `backup.info` of a backup; empty if it isn't visible.
  public Optional<String> infoText(String id) {
    return text(infoKey(id));
  }

  public String infoKey(String id) {
    return folder(id) + "backup.info";
  }

  /// A backup and those that it builds on, the full one first.
  ///
  /// @throws IllegalArgumentException if one of them is missing
  public List<BackupInfo> chain(BackupInfo backup) {
    var chain = new ArrayList<>(List.of(backup));
    for (var parent = backup.parent(); !parent.isEmpty(); parent = chain.getFirst().parent()) {
      var id = parent;
      var text =
          infoText(id)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "the backup %s builds on %s, which is gone; restore from another backup"
                          .formatted(backup.id(), id)));
      chain.addFirst(BackupInfo.parse(id, text));
    }
    return chain;
  }
}
