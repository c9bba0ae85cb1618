// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.SequencedMap;

/// Whether volumes have room for restored data beside the data of before.
///
/// How the size of a backup is spread over its volumes isn't known beforehand: each tablespace is
/// taken to be as large as now, the data to be the rest. What is underrated fails later, and the
/// data of before is put back.
final class Room {
  private static final long SPARE = 64L << 20;

  private final SequencedMap<String, Path> folders;
  private final boolean hasKept;

  /// @param folders all that the data consists of, its own first
  /// @param hasKept whether an earlier Restore's copy takes room, too
  Room(SequencedMap<String, Path> folders, boolean hasKept) {
    this.folders = folders;
    this.hasKept = hasKept;
  }

  /// @param bytes of the backup, uncompressed; 0: not known
  /// @throws IllegalStateException naming the volume that lacks room
  void require(long bytes) throws IOException {
    Map<String, Long> wanted = wanted(bytes);
    var sums = new HashMap<FileStore, Long>(); // folders may share a volume
    for (var folder : folders.entrySet()) {
      FileStore store = Files.getFileStore(existing(folder.getValue()));
      long sum = sums.merge(store, wanted.getOrDefault(folder.getKey(), 0L), Long::sum) + SPARE;
      long free = store.getUsableSpace();
      if (free < sum) {
        throw new IllegalStateException(
            "the volume of %s has %d MB free, and %d MB are needed beside the data of before%s; raise its size in the Cluster (%s), or recover into a new Cluster."
                .formatted(
                    folder.getKey(),
                    free >> 20,
                    sum >> 20,
                    hasKept ? " and what the last Restore has kept for its day" : "",
                    field(folder.getKey())));
      }
    }
  }

  private Map<String, Long> wanted(long bytes) throws IOException {
    var wanted = new HashMap<String, Long>();
    String data = folders.firstEntry().getKey();
    long rest = bytes;
    for (var folder : folders.entrySet()) {
      if (folder.getKey().startsWith("tablespace ")) {
        long size = size(folder.getValue());
        wanted.put(folder.getKey(), size + size / 10);
        rest -= size;
      }
    }
    rest = Math.max(rest, bytes / 10);
    wanted.put(data, rest + rest / 10);
    return wanted;
  }

  private static String field(String name) {
    return name.startsWith("tablespace ")
        ? "spec.tablespaces"
        : name.equals("WAL") ? "spec.walStorage.size" : "spec.storage.size";
  }

  private static Path existing(Path folder) {
    Path at = folder;
    while (!Files.exists(at) && at.getParent() != null) {
      at = at.getParent();
    }
    return at;
  }

  private static long size(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    long[] sum = {0};
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }
        });
    return sum[0];
  }
}
