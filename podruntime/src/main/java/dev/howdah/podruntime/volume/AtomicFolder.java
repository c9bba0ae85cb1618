// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import dev.howdah.podruntime.process.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A folder whose files change all at once, as in Kubernetes: each version is a folder of its own,
/// the link `..data` names the current one, and every visible file is a link through `..data`.
/// Whoever reads two files after another reads them from one version or the next, never a mix of
/// half-written ones.
///
/// The files belong to the pod's user, the folders don't: what is in them is replaced and deleted
/// by us, perhaps as root, so nobody else may put a link there.
final class AtomicFolder {
  private static final String DATA = "..data";
  private static final DateTimeFormatter VERSION =
      DateTimeFormatter.ofPattern("'..'yyyy_MM_dd_HH_mm_ss.").withZone(ZoneOffset.UTC);

  private final Path folder;
  private final RunAs owner;

  AtomicFolder(Path folder, RunAs owner) {
    this.folder = folder;
    this.owner = owner;
  }

  /// Makes these the files of the folder; returns false when they already are.
  boolean write(Map<String, Payload.Content> files) throws IOException {
    if (!Files.isDirectory(folder)) {
      Trees.make(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
    owner.share(folder);
    Optional<Path> previous = current();
    if (previous.isPresent() && read(previous.get()).equals(files)) {
      return false;
    }
    Path version =
        folder.resolve(
            VERSION.format(Instant.now()) + Long.toString(System.nanoTime() & 0xffffff, 36));
    makeFolder(version);
    for (var file : files.entrySet()) {
      writeFile(version, file.getKey(), file.getValue());
    }
    Path fresh = folder.resolve("..data_tmp");
    Files.deleteIfExists(fresh);
    Files.createSymbolicLink(fresh, version.getFileName());
    owner.own(fresh);
    Files.move(
        fresh,
        folder.resolve(DATA),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    link(files.keySet());
    if (previous.isPresent()) {
      Trees.delete(previous.get());
    }
    return true;
  }

  /// The folder of the current version; a link to anything else is none of ours.
  private Optional<Path> current() throws IOException {
    Path data = folder.resolve(DATA);
    if (!Files.isSymbolicLink(data)) {
      return Optional.empty();
    }
    Path target = Files.readSymbolicLink(data);
    Path version = folder.resolve(target);
    boolean ours =
        target.getNameCount() == 1
            && target.toString().startsWith("..")
            && !target.toString().equals("..")
            && Files.isDirectory(version, LinkOption.NOFOLLOW_LINKS);
    return ours ? Optional.of(version) : Optional.empty();
  }

  /// Makes the visible names lead through the current version, and removes those of no more.
  private void link(Set<String> paths) throws IOException {
    Set<String> names = new HashSet<>();
    paths.forEach(path -> names.add(Path.of(path).getName(0).toString()));
    try (var existing = Files.newDirectoryStream(folder)) {
      for (Path each : existing) {
        String name = each.getFileName().toString();
        if (!name.startsWith("..") && !names.remove(name)) {
          Files.delete(each);
        }
      }
    }
    for (String name : names) {
      Path link = folder.resolve(name);
      Files.createSymbolicLink(link, Path.of(DATA, name));
      owner.own(link);
    }
  }

  private static boolean isFile(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  private void writeFile(Path version, String path, Payload.Content content) throws IOException {
    Path file = version.resolve(path).normalize();
    if (!file.startsWith(version)) {
      throw new IOException("the path %s leaves its volume".formatted(path));
    }
    makeMissing(version, Trees.parent(file));
    Files.createFile(
        file,
        PosixFilePermissions.asFileAttribute(
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE)));
    Files.write(file, content.bytes());
    Files.setAttribute(file, "unix:mode", 0100000 | content.mode());
    owner.own(file);
  }

  private void makeMissing(Path version, Path folder) throws IOException {
    Path at = version;
    for (Path part : version.relativize(folder)) {
      at = at.resolve(part);
      if (!Files.exists(at)) {
        makeFolder(at);
      }
    }
  }

  private void makeFolder(Path path) throws IOException {
    Trees.make(path);
    owner.share(path);
  }

  private static Map<String, Payload.Content> read(Path version) throws IOException {
    var files = new TreeMap<String, Payload.Content>();
    try (var paths = Files.walk(version)) {
      for (Path file : (Iterable<Path>) paths.filter(AtomicFolder::isFile)::iterator) {
        int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        files.put(
            version.relativize(file).toString(),
            new Payload.Content(Files.readAllBytes(file), mode & 0777));
      }
    }
    return files;
  }
}
