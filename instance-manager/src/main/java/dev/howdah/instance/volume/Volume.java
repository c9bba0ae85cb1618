// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import dev.howdah.core.leadership.Durable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/// The folder `howdah` beside the data directory: what must survive a crash but must not be copied
/// by a base backup, which takes all of the data directory with it.
///
/// - `identity`: made anew with each clone; names the data, not the volume;
/// - `leadership`: the [Durable] state;
/// - `owner`: the run that uses the volume; another's name in it means that the volume was taken
///   from us;
/// - `lock`: held while a run lasts, so that two on one machine never share the data;
/// - `cluster.json`: the Cluster as last seen, so that a restart needs no API server;
/// - `unfinished`: exists while the data directory is being made or rewound: such data is never
///   started.
public final class Volume implements AutoCloseable {
  private final Path folder;
  private final FileChannel lock;

  private Volume(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /// Opens the state of the volume that holds `pgData`, locked until closed or the process ends.
  ///
  /// @throws IOException also if another process holds the lock
  public static Volume open(Path volume) throws IOException {
    Path folder = volume.resolve("howdah");
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(volume);
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock held = channel.tryLock();
      if (held == null) {
        channel.close();
        throw new IOException("another instance manager uses the volume " + volume);
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw new IOException("this process uses the volume " + volume + " already", e);
    }
    return new Volume(folder, channel);
  }

  /// The identity of the data; made when there is none.
  public String identity() throws IOException {
    Optional<String> known = read("identity").map(String::strip).filter(text -> !text.isEmpty());
    return known.isPresent() ? known.get() : renew();
  }

  /// Forgets everything about the data that was here, as other data takes its place. Returns the
  /// new identity.
  public String renew() throws IOException {
    String identity = UUID.randomUUID().toString();
    Files.deleteIfExists(folder.resolve("leadership"));
    AtomicFile.write(folder.resolve("identity"), identity + "\n");
    return identity;
  }

  public void persist(Durable durable) throws IOException {
    String text =
        durable.toFields().entrySet().stream()
            .map(field -> field.getKey() + "=" + field.getValue() + "\n")
            .collect(Collectors.joining());
    AtomicFile.write(folder.resolve("leadership"), text + "end\n");
  }

  /// What was persisted last.
  public Durable durable() {
    try {
      Optional<String> text = read("leadership");
      return text.isEmpty() ? Durable.NEW : parse(text.get()).orElse(Durable.unreadable());
    } catch (IOException e) {
      return Durable.unreadable();
    }
  }

  private static Optional<Durable> parse(String text) {
    if (!text.endsWith("end\n")) {
      return Optional.empty();
    }
    Map<String, String> fields = new HashMap<>();
    for (String line : text.split("\n")) {
      int at = line.indexOf('=');
      if (at > 0) {
        fields.put(line.substring(0, at), line.substring(at + 1));
      }
    }
    return Durable.fromFields(fields);
  }

  /// Says that this run uses the volume.
  public void own(String incarnation) throws IOException {
    AtomicFile.write(folder.resolve("owner"), incarnation);
  }

  /// False when another run took the volume. Unreadable says nothing.
  public boolean isOwnedBy(String incarnation) {
    try {
      return read("owner").map(incarnation::equals).orElse(false);
    } catch (IOException e) {
      return true;
    }
  }

  public void keepCluster(String json) throws IOException {
    AtomicFile.writeIfChanged(folder.resolve("cluster.json"), json);
  }

  /// The Cluster as last seen.
  public Optional<String> cluster() throws IOException {
    return read("cluster.json");
  }

  /// Marks the data as unusable before something starts to change it as a whole.
  public void begin(String work) throws IOException {
    AtomicFile.write(folder.resolve("unfinished"), work + "\n");
  }

  /// The data is usable again.
  public void finish() throws IOException {
    Files.deleteIfExists(folder.resolve("unfinished"));
  }

  /// What was begun and not finished; empty if the data is whole.
  public String unfinished() throws IOException {
    return read("unfinished").orElse("").strip();
  }

  private Optional<String> read(String name) throws IOException {
    try {
      return Optional.of(Files.readString(folder.resolve(name)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
