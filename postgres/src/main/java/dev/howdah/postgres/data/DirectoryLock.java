// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The right to run a server on a data directory, held by one instance manager at a time.
///
/// PostgreSQL's own interlock compares process ids and shared memory, which other containers do not
/// see. The lock is one of the operating system's, which all containers of a node see and which
/// ends with its holder; the owner record beside it tells whoever comes later, also on another
/// node, who had it last.
public final class DirectoryLock implements AutoCloseable {
  private final Path owner;
  private final FileChannel channel;
  private final FileLock lock;

  private DirectoryLock(Path owner, FileChannel channel, FileLock lock) {
    this.owner = owner;
    this.channel = channel;
    this.lock = lock;
  }

  /// Takes the lock; empty if another process has it.
  public static Optional<DirectoryLock> tryAcquire(DataDirectory directory) throws IOException {
    Path file = directory.beside("lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Ours already, in another part of this process: as good as somebody else's.
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    return lock == null
        ? Optional.empty()
        : Optional.of(new DirectoryLock(directory.beside("owner"), channel, lock));
  }

  /// Who wrote last that the directory is theirs; empty if nobody did.
  public static Optional<String> owner(DataDirectory directory) throws IOException {
    Path file = directory.beside("owner");
    return Files.exists(file)
        ? Optional.of(Files.readString(file, StandardCharsets.UTF_8).strip())
        : Optional.empty();
  }

  /// Writes durably who we are, such as an incarnation.
  public void claim(String identity) throws IOException {
    DurableFiles.write(owner, identity + "\n");
  }

  /// Whether the record still names this identity: if not, somebody else has the volume.
  public boolean isClaimedBy(String identity) throws IOException {
    return Files.exists(owner)
        && Files.readString(owner, StandardCharsets.UTF_8).strip().equals(identity);
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
