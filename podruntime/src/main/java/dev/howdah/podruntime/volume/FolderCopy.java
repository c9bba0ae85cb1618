// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A copy of a volume's folder while a server may be writing to it.
///
/// No moment in time, as storage with snapshots gives, but good for a server in backup mode: the
/// control file, which says where recovery begins, is copied before all else, and WAL after all
/// else. So the copy's WAL holds whatever happened to the other files in between.
final class FolderCopy {
  /// How the name of a copy ends that isn't complete.
  static final String PART = ".part";

  private static final String CONTROL = "global/pg_control";
  private static final String WAL = "pg_wal";
  private static final long SYNC_MINUTES = 10;

  private final Path from;
  private final Path to;
  private final List<Path> last = new ArrayList<>();

  private FolderCopy(Path from, Path to) {
    this.from = from;
    this.to = to;
  }

  /// Copies a folder to a place where nothing is; what is there after a failure is no copy.
  static void copy(Path from, Path to) throws IOException, InterruptedException {
    Path part = to.resolveSibling(to.getFileName() + PART);
    Trees.delete(part);
    new FolderCopy(from, part).run();
    sync(part);
    Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    sync(Trees.parent(to));
  }

  private void run() throws IOException {
    entry(from);
    for (Path data : dataDirectories()) {
      entry(data);
      entry(data.resolve("global"));
      entry(data.resolve(CONTROL));
    }
    walk(from, true);
    for (Path wal : List.copyOf(last)) {
      walk(wal, false);
    }
  }

  /// At the top, or one folder below it.
  private List<Path> dataDirectories() throws IOException {
    var found = new ArrayList<Path>();
    if (Files.exists(from.resolve(CONTROL))) {
      found.add(from);
    }
    try (var entries = Files.list(from)) {
      entries.filter(entry -> Files.exists(entry.resolve(CONTROL))).forEach(found::add);
    }
    return found;
  }

  private void walk(Path root, boolean withoutWal) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (withoutWal && String.valueOf(folder.getFileName()).equals(WAL)) {
              last.add(folder);
              return FileVisitResult.SKIP_SUBTREE;
            }
            entry(folder);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile() || attributes.isSymbolicLink()) {
              entry(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // WAL tells of its end
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            if (e != null && !(e instanceof NoSuchFileException)) {
              throw e;
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void entry(Path source) throws IOException {
    Path target = to.resolve(from.relativize(source).toString());
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.copy(source, target, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      if (Files.exists(source, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
    }
  }

  private static void sync(Path folder) throws IOException, InterruptedException {
    Process sync = new ProcessBuilder("sync", "-f", folder.toString()).start();
    if (!sync.waitFor(SYNC_MINUTES, TimeUnit.MINUTES) || sync.exitValue() != 0) {
      sync.destroyForcibly();
      throw new IOException("the copy could not be written to the disk: sync -f " + folder);
    }
  }
}
