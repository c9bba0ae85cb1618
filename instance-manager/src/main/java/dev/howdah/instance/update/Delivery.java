// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.update;

import dev.howdah.instance.update.Program.Entry;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Another version of the program, on its way into a folder of its own. Files that it has in common
/// with the running version aren't sent: they are linked, or copied.
final class Delivery {
  private static final Set<PosixFilePermission> EXECUTABLE =
      EnumSet.of(
          PosixFilePermission.OWNER_EXECUTE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final Program program;
  private final byte[] list;
  private final Path folder;
  private final List<Integer> missing = new ArrayList<>();

  private Delivery(Program program, byte[] list, Path folder) {
    this.program = program;
    this.list = list;
    this.folder = folder;
  }

  /// Makes the folder, with all that is here already.
  ///
  /// @param running the launcher of the version that runs
  static Delivery begin(Program program, byte[] list, Path folder, Path running)
      throws IOException {
    if (folder.equals(running.getParent())) { // the answer to an earlier order was lost
      throw new IOException("this version runs already");
    }
    DurableFiles.deleteTree(folder);
    Files.createDirectories(folder);
    long room = Files.getFileStore(folder).getUsableSpace();
    if (room < program.bytes() + (8 << 20)) {
      throw new IOException(
          "%d MB are free in %s, and the new version may need %d MB"
              .formatted(room >> 20, folder.getParent(), program.bytes() >> 20));
    }
    var delivery = new Delivery(program, list, folder);
    delivery.takeOver(running);
    return delivery;
  }

  private void takeOver(Path running) throws IOException {
    Map<String, Entry> here = new HashMap<>();
    try {
      Program.parse(Program.listOf(running)).entries().forEach(e -> here.put(e.path(), e));
    } catch (IOException | IllegalArgumentException e) {
      here.clear(); // everything is sent then
    }
    for (int i = 0; i < program.entries().size(); i++) {
      Entry entry = program.entries().get(i);
      Path to = folder.resolve(entry.path());
      Files.createDirectories(to.getParent());
      Entry same = here.get(entry.path());
      Path from = running.resolveSibling(entry.path());
      if (same == null || !same.isSameAs(entry) || !link(from, to)) {
        missing.add(i);
      }
    }
  }

  private static boolean link(Path from, Path to) {
    try {
      Files.createLink(to, from);
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      // another user's file, or another volume
    }
    try {
      Files.copy(from, to);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  Program program() {
    return program;
  }

  /// The files that have to be sent, by their place in the list.
  List<Integer> missing() {
    return List.copyOf(missing);
  }

  /// Takes a part of a file.
  void take(int file, long at, byte[] part) throws IOException {
    if (!missing.contains(file)) {
      throw new IOException("file " + file + " was not asked for");
    }
    Entry entry = program.entries().get(file);
    if (at < 0 || at + part.length > entry.size()) {
      throw new IOException(entry.path() + " is longer than it should be");
    }
    try (FileChannel out =
        FileChannel.open(
            folder.resolve(entry.path()), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(part);
      while (bytes.hasRemaining()) {
        out.write(bytes, at + bytes.position());
      }
    }
  }

  /// Checks every file, those that were here too; returns the new launcher.
  ///
  /// @throws IOException naming the file that isn't what the list says
  Path complete() throws IOException {
    for (Entry entry : program.entries()) {
      Path file = folder.resolve(entry.path());
      if (!Files.isRegularFile(file) || !hash(file).equals(entry.hash())) {
        throw new IOException(entry.path() + " did not arrive as it was sent");
      }
      boolean wanted = (entry.mode() & 0100) != 0;
      if (wanted != Files.isExecutable(file)) {
        var permissions = Files.getPosixFilePermissions(file);
        if (wanted) {
          permissions.addAll(EXECUTABLE);
        } else {
          permissions.removeAll(EXECUTABLE);
        }
        Files.setPosixFilePermissions(file, permissions);
      }
      FileTime time = FileTime.from(Instant.ofEpochSecond(entry.time()));
      if (!Files.getLastModifiedTime(file).equals(time)) {
        Files.setLastModifiedTime(file, time);
      }
    }
    Files.write(folder.resolve(Program.LIST), list);
    return folder.resolve("manager");
  }

  private static String hash(Path file) throws IOException {
    MessageDigest digest = Program.digest();
    byte[] buffer = new byte[64 * 1024];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  void discard() throws IOException {
    DurableFiles.deleteTree(folder);
  }
}
