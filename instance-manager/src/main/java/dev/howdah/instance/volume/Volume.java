// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import dev.howdah.core.leadership.Durable;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DirectoryLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What an instance keeps beside its data directory: it must survive a crash, but must not be
/// copied with the data, and a base backup takes all of the data directory with it.
///
/// In the folder `howdah`:
/// - `identity`: made anew with each clone; names the data, not the volume;
/// - `claim`: the UID of the claim that the identity belongs to, by which a copy of the volume is
///   known;
/// - `leadership`: the [Durable] state;
/// - `cluster.json`: the Cluster as last seen, so that a restart needs no API server.
public final class Volume implements AutoCloseable {
  private final Path folder;
  private final DataDirectory data;
  private @Nullable DirectoryLock lock;

  private Volume(Path folder, DataDirectory data) {
    this.folder = folder;
    this.data = data;
  }

  /// Takes the volume of a data directory, locked until closed or the process ends.
  ///
  /// @throws IOException also if another process holds the lock
  public static Volume open(DataDirectory data) throws IOException {
    Volume opened = beside(data);
    opened.lock();
    return opened;
  }

  /// The same while another process still has it: only to be read before [#lock()].
  public static Volume beside(DataDirectory data) throws IOException {
    Path volume = data.path().toAbsolutePath().getParent();
    if (volume == null) {
      throw new IOException(data.path() + " can't be a data directory: it has no parent");
    }
    Path folder = volume.resolve("howdah");
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(volume);
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    return new Volume(folder, data);
  }

  /// Takes the volume.
  public void lock() throws IOException {
    lock =
        DirectoryLock.tryAcquire(data)
            .orElseThrow(() ->
                new IOException("another instance manager uses the volume of " + data.path()));
  }

  private DirectoryLock held() throws IOException {
    DirectoryLock now = lock;
    if (now == null) {
      throw new IOException("the volume of " + data.path() + " was not taken");
    }
    return now;
  }

  /// The identity of the data; made when there is none.
  public String identity() throws IOException {
    Optional<String> known = read("identity").map(String::strip).filter(text -> !text.isEmpty());
    return known.isPresent() ? known.get() : name();
  }

  /// A missing name says nothing about the rest: a seal in particular must not be forgotten with
  /// it.
  private String name() throws IOException {
    String identity = UUID.randomUUID().toString();
    AtomicFile.write(folder.resolve("identity"), identity + "\n");
    return identity;
  }

  /// Forgets everything about the data that was here, as other data takes its place. Returns the
  /// new identity.
  public String renew() throws IOException {
    Files.deleteIfExists(folder.resolve("leadership"));
    forgetToken();
    return name();
  }

  /// Also on a full volume: the primary of one need not end when the Lease changes.
  public synchronized void persist(Durable durable) throws IOException {
    String text =
        durable.toFields().entrySet().stream()
            .map(field -> field.getKey() + "=" + field.getValue() + "\n")
            .collect(Collectors.joining());
    new RoomyFile(folder.resolve("leadership")).write(text + "end\n");
  }

  /// Forgets that the data here was the last primary's.
  public synchronized void forgetClaim() throws IOException {
    persist(durable().withoutClaim());
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
    for (String line : text.split("\n", -1)) {
      int at = line.indexOf('=');
      if (at > 0) {
        fields.put(line.substring(0, at), line.substring(at + 1));
      }
    }
    return Durable.fromFields(fields);
  }

  /// Says that this run uses the volume.
  public void own(String incarnation) throws IOException {
    held().claim(incarnation);
  }

  /// The run that used the volume last; empty if none did, or none can be read.
  public String owner(DataDirectory data) {
    try {
      return DirectoryLock.owner(data).orElse("");
    } catch (IOException e) {
      return "";
    }
  }

  /// False when another run took the volume. Unreadable says nothing.
  public boolean isOwnedBy(String incarnation) {
    try {
      return held().isClaimedBy(incarnation);
    } catch (IOException e) {
      return true;
    }
  }

  /// The UID of the claim that this volume's identity was made for, or first used with.
  Optional<String> claim() throws IOException {
    return read("claim").map(String::strip);
  }

  void keepClaim(String uid) throws IOException {
    AtomicFile.write(folder.resolve("claim"), uid + "\n");
  }

  /// Where the log of this primary ended when it became a standby of another cluster.
  public void keepToken(String token) throws IOException {
    AtomicFile.write(folder.resolve("demotion-token"), token + "\n");
  }

  public Optional<String> token() throws IOException {
    return read("demotion-token").map(String::strip);
  }

  public void forgetToken() throws IOException {
    Files.deleteIfExists(folder.resolve("demotion-token"));
  }

  public void keepCluster(String json) throws IOException {
    AtomicFile.writeIfChanged(folder.resolve("cluster.json"), json);
  }

  /// The Cluster as last seen.
  public Optional<String> cluster() throws IOException {
    return read("cluster.json");
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
    DirectoryLock now = lock;
    if (now != null) {
      now.close();
    }
  }
}
