// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.retention.Retention;
import dev.howdah.core.retention.RetentionPolicy;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/// Finds what of an archive may go, and deletes it: first what makes a backup visible, then its
/// data, then WAL that nobody needs. Cut short at any point it can be done again.
public final class Cleaning {
  /// WAL files in one plan: their names have to fit into the memory of an instance manager. What is
  /// more goes with the next.
  private static final int MOST_AT_ONCE = 50_000;

  private final ObjectStore store;
  private final String serverName;
  private final BackupCatalog catalog;
  private final List<Retention.Snapshot> snapshots;

  public Cleaning(ObjectStore store, String serverName) {
    this(store, serverName, List.of());
  }

  /// @param snapshots backups by snapshots of volumes, which need WAL from here as well
  public Cleaning(ObjectStore store, String serverName, List<Retention.Snapshot> snapshots) {
    this.store = store;
    this.serverName = serverName;
    this.catalog = new BackupCatalog(store, serverName);
    this.snapshots = List.copyOf(snapshots);
  }

  /// What would be deleted.
  ///
  /// @param backups ids
  /// @param walKeys keys of WAL that no backup that stays needs
  /// @param bytes of all of it, as stored
  /// @param reasons for each backup why it stays or goes
  /// @param locked ids that should go but are locked by the store, with the end of the lock
  public record Plan(
      List<String> backups,
      List<String> walKeys,
      long bytes,
      List<String> reasons,
      List<String> locked) {
    public Plan {
      backups = List.copyOf(backups);
      walKeys = List.copyOf(walKeys);
      reasons = List.copyOf(reasons);
      locked = List.copyOf(locked);
    }

    public boolean isEmpty() {
      return backups.isEmpty() && walKeys.isEmpty();
    }
  }

  /// What a policy lets go.
  ///
  /// @throws IllegalStateException if the catalogue holds something that can't be read: what isn't
  ///   understood may need the WAL
  public Plan plan(RetentionPolicy policy, Instant now) {
    var listing = readable();
    var all = backups(listing);
    var decided = Retention.decide(policy, now, all, List.of());
    var reasons = new ArrayList<>(decided.reasons());
    for (var orphan : listing.orphans()) {
      reasons.add(
          "%s stays, but counts for nothing: %s, on which it builds, is gone, so it can't be restored; delete it by its id"
              .formatted(orphan.info().id(), listing.lacks(orphan)));
    }
    var stay = all.stream().filter(b -> !decided.backups().contains(b.id())).toList();
    var kept = Retention.snapshotsThatStay(policy, now, stay, snapshots);
    kept.forEach(
        s -> reasons.add("WAL from %s on stays: for Backup %s".formatted(s.beginWal(), s.name())));
    return plan(listing, decided.backups(), kept, reasons, now);
  }

  /// What goes with these backups, whatever the policy says; the newest may go too when named. WAL
  /// stays for all snapshots.
  ///
  /// @throws IllegalArgumentException for an id that is not there
  public Plan planOf(Collection<String> ids, Instant now) {
    var listing = readable();
    for (var id : ids) {
      var entry =
          listing.entries().stream().filter(e -> e.info().id().equals(id)).findFirst().orElse(null);
      if (entry == null) {
        throw new IllegalArgumentException("there is no backup " + id);
      }
      if (entry.keep() != BackupCatalog.Keep.NO) {
        throw new IllegalArgumentException(
            "the backup %s is kept by hand (annotation keep); release it first with barman-cloud-backup-keep --release"
                .formatted(id));
      }
    }
    for (var entry : listing.entries()) {
      if (ids.contains(entry.info().parent()) && !ids.contains(entry.info().id())) {
        throw new IllegalArgumentException(
            "the incremental backup %s builds on %s; delete it first"
                .formatted(entry.info().id(), entry.info().parent()));
      }
    }
    return plan(listing, List.copyOf(ids), snapshots, List.of(), now);
  }

  private BackupCatalog.Listing readable() {
    var listing = catalog.list();
    if (!listing.unreadable().isEmpty()) {
      throw new IllegalStateException(
          "nothing is deleted while the catalogue holds what can't be read: "
              + String.join("; ", listing.unreadable()));
    }
    var systems =
        listing.done().stream()
            .map(e -> e.info().systemId())
            .filter(s -> !s.isEmpty())
            .distinct()
            .toList();
    if (systems.size() > 1) { // their positions and times say nothing about each other
      throw new IllegalStateException(
          "nothing is deleted while the catalogue holds backups of several servers (system identifiers %s): give each Cluster a serverName of its own, or remove those of the one that is gone"
              .formatted(String.join(", ", systems)));
    }
    return listing;
  }

  private Plan plan(
      BackupCatalog.Listing listing,
      List<String> goes,
      List<Retention.Snapshot> kept,
      List<String> reasons,
      Instant now) {
    var locked = new ArrayList<String>();
    var keptIds = new HashSet<String>();
    for (var id : goes) {
      var until = store.lockedUntil(catalog.infoKey(id)).filter(now::isBefore);
      if (until.isPresent()) {
        locked.add("%s is locked until %s".formatted(id, until.get()));
        keptIds.add(id);
      }
    }
    keepParents(listing, keptIds);
    var ids = goes.stream().filter(id -> !keptIds.contains(id)).toList();
    long bytes = 0;
    for (var id : ids) {
      for (var object : sizes(id)) {
        bytes += object;
      }
    }
    var stay = backups(listing).stream().filter(b -> !ids.contains(b.id())).toList();
    var useless = Retention.uselessWal(stay, kept);
    var keys = new ArrayList<String>();
    var sum = new AtomicLong(bytes);
    store.list(
        serverName + "/wals/",
        object -> {
          var file = WalFile.ofKey(object.key()).orElse(null);
          if (file != null && keys.size() < MOST_AT_ONCE && useless.test(file.name())) {
            keys.add(object.key());
            sum.addAndGet(object.sizeBytes());
          }
        });
    return new Plan(ids, keys, sum.get(), reasons, locked);
  }

  /// What a backup that stays builds on stays too.
  private static void keepParents(BackupCatalog.Listing listing, HashSet<String> kept) {
    boolean more = !kept.isEmpty();
    while (more) {
      more = false;
      for (var entry : listing.entries()) {
        var parent = entry.info().parent();
        more |= kept.contains(entry.info().id()) && !parent.isEmpty() && kept.add(parent);
      }
    }
  }

  private List<Long> sizes(String id) {
    var sizes = new ArrayList<Long>();
    store.list(catalog.folder(id), object -> sizes.add(object.sizeBytes()));
    return sizes;
  }

  private List<Retention.Backup> backups(BackupCatalog.Listing listing) {
    var lineage = Lineage.of(store, serverName);
    return listing.done().stream()
        .map(e ->
            new Retention.Backup(
                e.info().id(),
                Objects.requireNonNull(e.info().endTime()),
                e.info().beginWal(),
                e.info().endWal(),
                e.keep() == BackupCatalog.Keep.FULL,
                e.keep() == BackupCatalog.Keep.STANDALONE,
                e.info().parent(),
                !lineage.has(e.info())))
        .toList();
  }

  /// Deletes what was planned. A backup stays where another was built on it since the plan was
  /// made: whoever takes one looks for what it builds on when it has become visible, and here is
  /// looked for what builds on a backup when that one has become invisible, so that one of both
  /// sees the other.
  ///
  /// Who hides a backup decides on it: what somebody else has hidden since the plan was made may be
  /// shown again in a moment, and needs its data then.
  ///
  /// @return the ids of those that stay, and with them all WAL; mostly none
  public Set<String> delete(Plan plan) {
    var hidden = new HashMap<String, String>();
    for (var id : plan.backups()) {
      catalog
          .infoText(id)
          .ifPresent(text -> {
            hidden.put(id, text);
            store.delete(List.of(catalog.infoKey(id)));
          });
    }
    var stay = hidden.isEmpty() ? new HashSet<String>() : neededOf(hidden);
    hidden.forEach((id, text) -> {
      if (stay.contains(id)) {
        var info = Body.of(text.getBytes(StandardCharsets.UTF_8));
        store.put(catalog.infoKey(id), info, PutOptions.PLAIN.onlyIfAbsent());
      }
    });
    plan.backups().stream().filter(id -> !hidden.containsKey(id)).forEach(stay::add);
    for (var id : plan.backups()) {
      if (!stay.contains(id) && catalog.infoText(id).isPresent()) {
        stay.add(id); // another one who deletes has shown it again
      }
    }
    plan.backups().stream().filter(id -> !stay.contains(id)).forEach(catalog::delete);
    if (stay.isEmpty()) {
      store.delete(plan.walKeys());
    }
    return stay;
  }

  /// Those of the hidden backups that a visible one builds on, by whatever steps.
  private HashSet<String> neededOf(Map<String, String> hidden) {
    var listing = catalog.list();
    if (!listing.unreadable().isEmpty()) {
      return new HashSet<>(hidden.keySet()); // what isn't understood may build on any
    }
    var needed = new HashSet<String>();
    for (var entry : listing.entries()) {
      var parent = entry.info().parent();
      var text = hidden.get(parent);
      while (text != null && needed.add(parent)) {
        parent = BackupInfo.parse(parent, text).parent();
        text = hidden.get(parent);
      }
    }
    return needed;
  }

  /// Objects of backups that were never completed: no `backup.info`, and none written since this
  /// moment.
  public List<String> leftovers(Instant before) {
    var keys = new ArrayList<String>();
    var prefixes = new ArrayList<>(store.level(serverName + "/base/").prefixes());
    prefixes.addAll(store.level(serverName + "/howdah/incremental/").prefixes());
    for (var prefix : prefixes) {
      var mine = new ArrayList<ObjectStore.ObjectInfo>();
      store.list(prefix, mine::add);
      boolean visible = mine.stream().anyMatch(o -> o.key().equals(prefix + "backup.info"));
      boolean old = mine.stream().allMatch(o -> o.modifiedEpochMillis() < before.toEpochMilli());
      if (!visible && old) {
        mine.forEach(o -> keys.add(o.key()));
      }
    }
    return keys;
  }
}
