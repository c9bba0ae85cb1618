// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import dev.howdah.instance.recovery.KeptCopy.Phase;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/// How a Restore's data takes the place of the present one, and back: by renaming only, each step
/// durable before the next, and the note of what is intended before all of them. A process that is
/// cut between any two steps calls the same again.
///
/// - `<data>`: what a server would be started on;
/// - `<data>.before-restore`: what was there before the last Restore;
/// - `<data>.before-restore.older`: what was there before the one before, until this one is done.
///
/// Nothing is deleted that could be the only copy of what counts: of the data only what this very
/// Restore made while the data of before lies aside, of the older copy only when it is replaced.
final class Exchange {
  /// The steps that change something; each is durable when it returns.
  interface Disk {
    Disk REAL =
        new Disk() {
          @Override
          public void move(Path from, Path to) throws IOException {
            DurableFiles.move(from, to);
          }

          @Override
          public void deleteTree(Path folder) throws IOException {
            DurableFiles.deleteTree(folder);
          }

          @Override
          public void write(Path file, String text) throws IOException {
            DurableFiles.write(file, text);
          }

          @Override
          public void delete(Path file) throws IOException {
            DurableFiles.delete(file);
          }
        };

    void move(Path from, Path to) throws IOException;

    void deleteTree(Path folder) throws IOException;

    void write(Path file, String text) throws IOException;

    void delete(Path file) throws IOException;
  }

  private final DataDirectory data;
  private final String restore;
  private final Disk disk;
  private final Path kept;
  private final Path older;

  /// @param restore UID of the Restore
  Exchange(DataDirectory data, String restore, Disk disk) {
    this.data = data;
    this.restore = restore;
    this.disk = disk;
    this.kept = data.path().resolveSibling(data.path().getFileName() + ".before-restore");
    this.older = kept.resolveSibling(kept.getFileName() + ".older");
  }

  /// Where the data of before is, once it is aside.
  Path kept() {
    return kept;
  }

  /// Whether this Restore's data is in the place, whole.
  boolean isDone() throws IOException {
    return KeptCopy.of(data)
            .filter(note -> note.restore().equals(restore))
            .map(KeptCopy::phase)
            .orElse(Phase.ASIDE)
        == Phase.DONE;
  }

  /// Whether this Restore has begun to move something, and isn't done.
  boolean isBegun() throws IOException {
    return KeptCopy.of(data)
        .filter(note -> note.restore().equals(restore) && note.phase() != Phase.DONE)
        .isPresent();
  }

  /// Whether an earlier Restore's copy could be brought back.
  boolean hasKept() throws IOException {
    return new DataDirectory(kept).hasControlFile();
  }

  /// What an earlier Restore has left unfinished is put back first: its copy is the data.
  void clearUp() throws IOException {
    KeptCopy note = KeptCopy.of(data).orElse(null);
    if (note != null && !note.restore().equals(restore) && note.phase() != Phase.DONE) {
      new Exchange(data, note.restore(), disk).putBack();
    }
  }

  /// Moves the present data aside, unless an earlier try of the same Restore has done so already.
  void setAside() throws IOException {
    if (!isBegun()) {
      begin();
    }
    KeptCopy note = note();
    if (note.phase() != Phase.ASIDE) {
      return;
    }
    disk.write(data.beside("unfinished"), "a restore in place\n");
    if (note.older() && !exists(older)) {
      disk.move(kept, older);
    }
    if (!exists(kept)) {
      disk.move(data.path(), kept);
    }
  }

  private void begin() throws IOException {
    clearUp();
    if (!isWhole()) {
      throw new IllegalStateException(
          "there is no whole data in %s to take back; recover into a new Cluster"
              .formatted(data.path()));
    }
    String previous = KeptCopy.of(data).map(KeptCopy::text).orElse("");
    disk.deleteTree(older); // its successor is done, or it would have been put back
    boolean hasOlder = hasKept();
    if (!hasOlder) {
      disk.deleteTree(kept);
    }
    say(new KeptCopy(restore, Phase.ASIDE, hasOlder, previous));
  }

  /// For an undo, after {@link #setAside}: moves the earlier copy into the place.
  void place() throws IOException {
    if (note().phase() == Phase.ASIDE) {
      say(note().with(Phase.PLACED)); // from now on, that it isn't there means that it was moved
    }
    if (exists(older)) {
      disk.move(older, data.path());
    }
  }

  /// What was made in the place is whole.
  void done() throws IOException {
    disk.delete(data.beside("unfinished"));
    say(new KeptCopy(restore, Phase.DONE, false, ""));
    tidy();
  }

  /// Deletes the copy that the present one replaces.
  void tidy() throws IOException {
    disk.deleteTree(older);
  }

  /// Makes everything as it was before {@link #setAside}; nothing if this Restore has moved
  /// nothing.
  ///
  /// @throws IOException also if the data of before isn't where it must be; then nothing is deleted
  void putBack() throws IOException {
    if (!isBegun()) {
      return;
    }
    KeptCopy note = note();
    if (note.phase() == Phase.PLACED) {
      if (!exists(older)) {
        disk.move(data.path(), older);
      }
      say(note.with(Phase.ASIDE));
    }
    boolean aside = exists(kept) && (!note.older() || exists(older));
    if (aside ? !hasKept() : !data.hasControlFile()) {
      throw new IOException(
          "the data of before is neither in %s nor in %s; nothing more is touched"
              .formatted(data.path(), kept));
    }
    if (aside) {
      disk.deleteTree(data.path());
      disk.move(kept, data.path());
    }
    if (note.older() && exists(older)) {
      disk.move(older, kept);
    }
    disk.delete(data.beside("unfinished"));
    if (note.previous().isEmpty()) {
      disk.delete(data.beside(KeptCopy.NOTE));
    } else {
      disk.write(data.beside(KeptCopy.NOTE), note.previous());
    }
  }

  private boolean isWhole() throws IOException {
    return data.hasControlFile() && data.unfinished().isEmpty();
  }

  private KeptCopy note() throws IOException {
    return KeptCopy.of(data)
        .filter(note -> note.restore().equals(restore))
        .orElseThrow(() -> new IOException("the note of the Restore is gone: " + data.path()));
  }

  private void say(KeptCopy note) throws IOException {
    disk.write(data.beside(KeptCopy.NOTE), note.text());
  }

  private static boolean exists(Path folder) {
    return Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
  }
}
