// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What a folder of a running server holds, and how it is split among tars.
///
/// @param folders all of them, for the main tar
/// @param small what goes into the main tar besides
/// @param parts what goes into further tars, each a list of files, the largest first: begun last,
///   it would be copied while the other processors have nothing left to do
record Inventory(List<Entry> folders, List<Entry> small, List<List<Entry>> parts) {
  /// Folders and files smaller than this in sum don't need a second tar.
  private static final long ONE_TAR = 64L << 20;

  private static final long LARGEST_PART = 1L << 30;
  private static final int MOST_PARTS = 5000;

  /// @param name in the tar
  /// @param path below the data directory, for the manifest
  record Entry(Path file, String name, String path, long size) {}

  /// Everything there is.
  static Inventory ofDataDirectory(Path root, int jobs) throws IOException {
    var walk = new Walk(root, "./", "");
    Files.walkFileTree(root, walk);
    return split(walk, jobs);
  }

  /// Only the version folders of PostgreSQL's own.
  static Inventory ofTablespace(Path root, long oid, int jobs) throws IOException {
    var all = new Walk(root, "", "pg_tblspc/" + oid + "/");
    try (var entries = Files.list(root)) {
      for (var version :
          entries
              .filter(p -> p.getFileName().toString().startsWith("PG_"))
              .filter(Files::isDirectory)
              .sorted()
              .toList()) {
        Files.walkFileTree(version, all);
      }
    }
    return split(all, jobs);
  }

  private static Inventory split(Walk walk, int jobs) {
    long total = walk.files.stream().mapToLong(Entry::size).sum();
    if (total <= ONE_TAR) {
      return new Inventory(walk.folders, walk.files, List.of());
    }
    long target = Math.clamp(total / (jobs * 4L), ONE_TAR / 2, LARGEST_PART);
    target = Math.max(target, total / MOST_PARTS);
    var small = new ArrayList<Entry>();
    var parts = new ArrayList<List<Entry>>();
    var part = new ArrayList<Entry>();
    long bytes = 0;
    for (var file : walk.files) {
      if (!Relation.isRelation(file.path) && !file.path.startsWith("pg_tblspc/")) {
        small.add(file);
        continue;
      }
      if (file.size >= target) {
        parts.add(List.of(file));
        continue;
      }
      part.add(file);
      bytes += file.size;
      if (bytes >= target) {
        parts.add(part);
        part = new ArrayList<>();
        bytes = 0;
      }
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    parts.sort(Comparator.comparingLong(Inventory::size).reversed());
    return new Inventory(walk.folders, small, parts);
  }

  private static long size(List<Entry> files) {
    return files.stream().mapToLong(Entry::size).sum();
  }

  long bytes() {
    return size(small) + parts.stream().mapToLong(Inventory::size).sum();
  }

  private static final class Walk extends SimpleFileVisitor<Path> {
    final List<Entry> folders = new ArrayList<>();
    final List<Entry> files = new ArrayList<>();
    private final Path root;
    private final String rootName;
    private final String pathPrefix;

    /// @param rootName of the root's own entry; empty for none
    Walk(Path root, String rootName, String pathPrefix) {
      this.root = root;
      this.rootName = rootName;
      this.pathPrefix = pathPrefix;
    }

    private boolean isData() {
      return pathPrefix.isEmpty();
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      var path = root.relativize(folder).toString();
      if (path.isEmpty()) {
        if (!rootName.isEmpty()) {
          folders.add(new Entry(folder, rootName, "", 0));
        }
        return FileVisitResult.CONTINUE;
      }
      if (Exclusions.isLeftOut(path)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      folders.add(new Entry(folder, path + "/", pathPrefix + path, 0));
      return isData() && Exclusions.isEmptied(path)
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      var path = root.relativize(file).toString();
      boolean isControlFile = isData() && path.equals("global/pg_control");
      if (attributes.isRegularFile() && !Exclusions.isLeftOut(path) && !isControlFile) {
        var name = isData() && !path.contains("/") ? "./" + path : path;
        files.add(new Entry(file, name, pathPrefix + path, attributes.size()));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE; // dropped meanwhile
      }
      throw e;
    }
  }
}
