// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import dev.howdah.instance.recovery.KeptCopy.Part;
import dev.howdah.instance.recovery.KeptCopy.Phase;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// How a Restore's data takes the place of the present one, and back: by renaming only, each step
/// durable before the next, and the note of what is intended before all of them. A process that is
/// cut between any two steps calls the same again.
///
/// The data of an instance is one folder, or several on volumes of their own: `pgdata`, which has
/// the note beside it, and those of WAL and tablespaces, to which it has links. The links name
/// places, so folders that went aside together fit together again when they are back. For each:
///
/// - `<folder>`: what a server would be started on;
/// - `<folder>.before-restore`: what was there before the last Restore;
/// - `<folder>.before-restore.older`: what was there before the one before, until this one is done.
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
  private final SequencedMap<String, Path> folders;
  private final String restore;
  private final Disk disk;

  /// @param folders all that the data of the instance consists of, by name, its own first
  /// @param restore UID of the Restore
  Exchange(SequencedMap<String, Path> folders, String restore, Disk disk) {
    this.data = new DataDirectory(folders.firstEntry().getValue());
    this.folders = new LinkedHashMap<>(folders);
    this.restore = restore;
    this.disk = disk;
  }

  /// Where the data of before is, once it is aside.
  Path kept() {
    return KeptCopy.kept(data.path());
  }

  private static Path older(Path folder) {
    Path kept = KeptCopy.kept(folder);
    return kept.resolveSibling(kept.getFileName() + ".older");
  }

  private Path folder(Part part) throws IOException {
    Path folder = folders.get(part.name());
    if (folder == null) {
      throw new IOException(
          "the volume of %s, which belongs to the data that is kept, is not there"
              .formatted(part.name()));
    }
    return folder;
  }

  private Path kept(Part part) throws IOException {
    return KeptCopy.kept(folder(part));
  }

  private Path older(Part part) throws IOException {
    return older(folder(part));
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
    for (Part part : KeptCopy.of(data).map(KeptCopy::parts).orElse(List.of())) {
      if (part.had() && !exists(kept(part))) {
        return false;
      }
    }
    return new DataDirectory(kept()).hasControlFile();
  }

  /// What an earlier Restore has left unfinished is put back first: its copy is the data.
  void clearUp() throws IOException {
    KeptCopy note = KeptCopy.of(data).orElse(null);
    if (note != null && !note.restore().equals(restore) && note.phase() != Phase.DONE) {
      new Exchange(folders, note.restore(), disk).putBack();
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
    for (Part part : note.parts()) {
      Path kept = kept(part);
      Path older = older(part);
      if (part.older() && !exists(older)) {
        disk.move(kept, older);
      }
      if (part.had() && !exists(kept)) {
        disk.move(folder(part), kept);
      }
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
    boolean hasOlder = hasKept();
    var parts = new ArrayList<Part>();
    for (var each : folders.entrySet()) {
      Path folder = each.getValue();
      disk.deleteTree(older(folder)); // its successor is done, or it would have been put back
      Path kept = KeptCopy.kept(folder);
      if (!hasOlder) {
        disk.deleteTree(kept);
      }
      parts.add(new Part(each.getKey(), exists(folder), hasOlder && exists(kept)));
    }
    say(new KeptCopy(restore, Phase.ASIDE, parts, previous));
  }

  /// Deletes what an earlier try has made, after {@link #setAside}.
  void empty() throws IOException {
    for (Part part : note().parts()) {
      disk.deleteTree(folder(part));
    }
  }

  /// For an undo, after {@link #setAside}: moves the earlier copy into the place.
  void place() throws IOException {
    if (note().phase() == Phase.ASIDE) {
      say(note().with(Phase.PLACED)); // from now on, that it isn't there means that it was moved
    }
    for (Part part : note().parts()) {
      if (exists(older(part))) {
        disk.move(older(part), folder(part));
      }
    }
  }

  /// What was made in the place is whole.
  void done() throws IOException {
    disk.delete(data.beside("unfinished"));
    say(note().with(Phase.DONE));
    tidy();
  }

  /// Deletes the copy that the present one replaces.
  void tidy() throws IOException {
    for (Path folder : folders.values()) {
      disk.deleteTree(older(folder));
    }
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
      for (Part part : note.parts()) {
        if (part.older() && !exists(older(part))) {
          disk.move(folder(part), older(part));
        }
      }
      note = note.with(Phase.ASIDE);
      say(note);
    }
    for (Part part : note.parts()) {
      requireSomewhere(part);
    }
    for (Part part : note.parts()) {
      putBack(part);
    }
    disk.delete(data.beside("unfinished"));
    if (note.previous().isEmpty()) {
      disk.delete(data.beside(KeptCopy.NOTE));
    } else {
      disk.write(data.beside(KeptCopy.NOTE), note.previous());
    }
  }

  /// Whether what was in the place of a part lies aside: the copy of before, not the one before
  /// that.
  private boolean isAside(Part part) throws IOException {
    return part.had() && exists(kept(part)) && (!part.older() || exists(older(part)));
  }

  private void requireSomewhere(Part part) throws IOException {
    Path place = isAside(part) ? kept(part) : folder(part);
    boolean there =
        folder(part).equals(data.path())
            ? new DataDirectory(place).hasControlFile()
            : !part.had() || exists(place);
    if (!there) {
      throw new IOException(
          "the data of before is neither in %s nor in %s; nothing more is touched"
              .formatted(folder(part), kept(part)));
    }
  }

  private void putBack(Part part) throws IOException {
    Path kept = kept(part);
    Path older = older(part);
    if (isAside(part)) {
      disk.deleteTree(folder(part));
      disk.move(kept, folder(part));
    } else if (!part.had()) {
      disk.deleteTree(folder(part));
    }
    if (part.older() && exists(older)) {
      disk.move(older, kept);
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

  /// @throws IOException if that can't be told: what is taken for absent may be deleted later
  private static boolean exists(Path folder) throws IOException {
    try {
      Files.readAttributes(folder, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
