// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The folder of a database cluster, told from its files alone: no server is asked.
///
/// Howdah's own notes lie beside the folder, not in it, since `initdb` and `pg_basebackup` want it
/// empty and `pg_rewind` would carry them over: `<folder>.unfinished`, `<folder>.lock`,
/// `<folder>.owner`.
public record DataDirectory(Path path) {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss").withZone(ZoneOffset.UTC);

  /// What the folder is good for.
  public enum State {
    /// Absent or empty: may be filled.
    EMPTY,
    /// Something is in it, but no database cluster.
    FOREIGN,
    /// A clone, restore or rewind began and did not end: never to be started.
    UNFINISHED,
    /// A server started here would accept writes.
    PRIMARY,
    /// A server started here would follow another one.
    STANDBY
  }

  /// Looks at the files.
  public State state() throws IOException {
    if (unfinished().isPresent()) {
      return State.UNFINISHED;
    }
    if (DurableFiles.isEmpty(path)) {
      return State.EMPTY;
    }
    if (!hasReadableControlFile() || !Files.isRegularFile(path.resolve("PG_VERSION"))) {
      return State.FOREIGN;
    }
    return isStandby() ? State.STANDBY : State.PRIMARY;
  }

  /// Whether a control file with some content is there.
  ///
  /// @throws IOException if that can't be told, as the disk fails; `Files.exists` says no then
  public boolean hasControlFile() throws IOException {
    try {
      var control =
          Files.readAttributes(path.resolve("global/pg_control"), BasicFileAttributes.class);
      return control.isRegularFile() && control.size() > 0;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private boolean hasReadableControlFile() {
    try {
      return hasControlFile();
    } catch (IOException e) {
      return false;
    }
  }

  /// Whether there may be a database cluster: also where that can't be told.
  private boolean isValuable() {
    try {
      return hasControlFile();
    } catch (IOException e) {
      return true;
    }
  }

  private boolean isStandby() {
    return Files.exists(path.resolve("standby.signal"))
        || Files.exists(path.resolve("recovery.signal"))
        || Files.exists(path.resolve("recovery.conf"));
  }

  /// The major version that made it.
  public int majorVersion() throws IOException {
    String text = Files.readString(path.resolve("PG_VERSION")).strip();
    try {
      return Integer.parseInt(text.contains(".") ? text.substring(0, text.indexOf('.')) : text);
    } catch (NumberFormatException e) {
      throw new IOException(path.resolve("PG_VERSION") + " holds no version: \"" + text + "\"", e);
    }
  }

  /// Makes the next start one of a standby.
  public void markStandby() throws IOException {
    DurableFiles.write(path.resolve("standby.signal"), "");
    DurableFiles.delete(path.resolve("recovery.signal"));
  }

  /// Makes the next start one of a primary.
  public void unmarkStandby() throws IOException {
    DurableFiles.delete(path.resolve("standby.signal"));
  }

  /// Lets nobody but the owner in, as PostgreSQL demands.
  public void restrictAccess() throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
  }

  /// What began here and did not end; empty if nothing.
  public Optional<String> unfinished() throws IOException {
    Path marker = beside("unfinished");
    return Files.exists(marker)
        ? Optional.of(Files.readString(marker, StandardCharsets.UTF_8).strip())
        : Optional.empty();
  }

  /// Notes durably that the folder is not to be started until {@link #finish}.
  ///
  /// @param operation what is going to happen, for a person who finds it undone
  public void begin(String operation) throws IOException {
    DurableFiles.write(beside("unfinished"), operation + "\n");
  }

  /// Notes that what {@link #begin} announced has ended well.
  public void finish() throws IOException {
    DurableFiles.delete(beside("unfinished"));
  }

  /// Frees the folder's place: a database cluster, and what may be one, is kept under a name with a
  /// time stamp, rubbish is deleted.
  ///
  /// @return where the old content is now: the folder, and its WAL folder if that lies elsewhere
  public List<Path> setAside(Instant now) throws IOException {
    var kept = new ArrayList<Path>();
    Path wal = path.resolve("pg_wal");
    Optional<Path> walTarget =
        Files.isSymbolicLink(wal)
            ? Optional.of(path.resolve(Files.readSymbolicLink(wal)).normalize())
            : Optional.empty();
    boolean valuable = isValuable();
    if (walTarget.isPresent() && Files.isDirectory(walTarget.get())) {
      Path target = walTarget.get();
      if (valuable && !DurableFiles.isEmpty(target)) {
        Path keptWal = asideOf(target, now);
        DurableFiles.move(target, keptWal);
        Files.delete(wal);
        Files.createSymbolicLink(wal, keptWal);
        kept.add(keptWal);
      } else {
        DurableFiles.deleteTree(target);
      }
    }
    if (valuable) {
      Path aside = asideOf(path, now);
      DurableFiles.move(path, aside);
      kept.addFirst(aside);
    } else {
      DurableFiles.deleteTree(path);
    }
    finish();
    return kept;
  }

  /// Deletes what {@link #setAside} kept, but for the newest ones. Only for when a newer copy of
  /// the data is known to be good: this may be the last one.
  ///
  /// @return what was deleted
  public List<Path> forgetKept(int newest) throws IOException {
    var kept = kept();
    return forget(kept.subList(0, Math.max(0, kept.size() - newest)));
  }

  /// Deletes what {@link #setAside} kept before this instant, under the same condition.
  ///
  /// @return what was deleted
  public List<Path> forgetKept(Instant before) throws IOException {
    String limit = path.getFileName() + "_" + STAMP.format(before);
    return forget(
        kept().stream().filter(old -> old.getFileName().toString().compareTo(limit) < 0).toList());
  }

  /// What [#setAside] has kept, the oldest first.
  public List<Path> kept() throws IOException {
    try (var siblings = Files.list(path.toAbsolutePath().getParent())) {
      return siblings.filter(sibling -> isKept(sibling.getFileName().toString())).sorted().toList();
    }
  }

  private static List<Path> forget(List<Path> kept) throws IOException {
    for (Path old : kept) {
      Path wal = old.resolve("pg_wal");
      if (Files.isSymbolicLink(wal)) {
        Path target = old.resolve(Files.readSymbolicLink(wal)).normalize();
        boolean ours = target.getFileName().toString().matches(".*_\\d{8}T\\d{6}(-\\d+)?");
        if (ours) {
          DurableFiles.deleteTree(target);
        }
      }
      DurableFiles.deleteTree(old);
    }
    return kept;
  }

  private boolean isKept(String name) {
    String own = path.getFileName().toString();
    return name.startsWith(own) && name.substring(own.length()).matches("_\\d{8}T\\d{6}(-\\d+)?");
  }

  /// A free name under which a folder of the data is kept, and by which [#forgetKept] finds it.
  public static Path asideOf(Path folder, Instant now) {
    Path wanted = folder.resolveSibling(folder.getFileName() + "_" + STAMP.format(now));
    Path path = wanted;
    for (int i = 2; Files.exists(path, LinkOption.NOFOLLOW_LINKS); i++) {
      path = wanted.resolveSibling(wanted.getFileName() + "-" + i);
    }
    return path;
  }

  /// The history of a timeline, from `pg_wal`; empty if its file is not there (timeline 1 has none
  /// and is always known).
  public Optional<TimelineHistory> history(Timeline timeline) throws IOException {
    if (timeline.id() <= 1) {
      return Optional.of(TimelineHistory.none(timeline));
    }
    Path file = path.resolve("pg_wal").resolve(TimelineHistory.fileName(timeline));
    return Files.exists(file)
        ? Optional.of(TimelineHistory.parse(timeline, Files.readString(file)))
        : Optional.empty();
  }

  /// A file or folder beside this one that belongs to it.
  public Path beside(String note) {
    return path.resolveSibling(path.getFileName() + "." + note);
  }
}
