// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// WAL of this instance that is no part of the history that went on: perhaps the only trace of what
/// somebody committed. It is kept beside the data directory, one folder for each time that there
/// was any, the last few of them.
public record DivergentWal(DataDirectory data) {
  private static final int KEPT_FOLDERS = 3;

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss").withZone(ZoneOffset.UTC);

  private Path all() {
    return data.beside("divergent");
  }

  /// The folder of this time; it may not be there yet.
  ///
  /// @param of what tells it from others
  public Path folder(String of, Instant now) {
    return all().resolve(STAMP.format(now) + "-" + of);
  }

  /// The newest folder with this name that is there, of whatever time.
  public Optional<Path> begun(String of) throws IOException {
    return folders().stream()
        .filter(folder -> String.valueOf(folder.getFileName()).endsWith("-" + of))
        .max(Path::compareTo);
  }

  private List<Path> folders() throws IOException {
    if (!Files.isDirectory(all())) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(all())) {
      return folders.sorted().toList();
    }
  }

  /// Deletes the folders with this name that are older.
  public void forget(String of, Instant before) throws IOException {
    String earliest = STAMP.format(before);
    for (Path folder : folders()) {
      String name = String.valueOf(folder.getFileName());
      if (name.endsWith("-" + of) && name.compareTo(earliest) < 0) {
        DurableFiles.deleteTree(folder);
      }
    }
  }

  /// Deletes the oldest folders when there are too many.
  public void forgetOldest() throws IOException {
    List<Path> folders = folders();
    for (Path old : folders.subList(0, Math.max(0, folders.size() - KEPT_FOLDERS))) {
      DurableFiles.deleteTree(old);
    }
  }
}
