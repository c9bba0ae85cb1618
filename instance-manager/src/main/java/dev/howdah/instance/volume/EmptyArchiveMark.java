// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// In the data directory of a new Cluster until its first file is archived: the archive must be
/// empty then. It travels with copies of the data, so that a failover doesn't lose it.
public record EmptyArchiveMark(DataDirectory data) {
  private static final String NAME = ".check-empty-wal-archive";
  private static final String NEW_SYSTEM = "initdb\n";

  private Path file() {
    return data.path().resolve(NAME);
  }

  /// On what `initdb` made: WAL of its system identifier can only be its own.
  public void writeForNewSystem() throws IOException {
    DurableFiles.write(file(), NEW_SYSTEM);
  }

  /// On a copy, which shares its system identifier with what it was copied from.
  public void writeForCopy() throws IOException {
    DurableFiles.write(file(), "");
  }

  public boolean isThere() {
    return Files.exists(file());
  }

  public boolean isOfNewSystem() throws IOException {
    return isThere() && Files.readString(file()).equals(NEW_SYSTEM);
  }

  public void delete() throws IOException {
    Files.deleteIfExists(file());
  }
}
