// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import dev.howdah.operator.cluster.desired.ManagerOffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The instance manager's installation that goes into the pods, by the list of its files that the
/// build made.
public final class ManagerProgram {
  private static final String HEADER = "howdah-manager 1 ";

  private final Path folder;
  private final byte[] list;
  private final String[] lines;

  private ManagerProgram(Path folder, byte[] list) {
    this.folder = folder;
    this.list = list;
    this.lines = new String(list, StandardCharsets.UTF_8).split("\n");
  }

  /// Reads the list.
  ///
  /// @param launcher the file `manager`
  /// @return null if there is none, so that pods can't be given another version
  public static @Nullable ManagerProgram of(Path launcher) {
    Path folder = launcher.toAbsolutePath().getParent();
    if (folder == null) {
      return null;
    }
    try {
      byte[] list = Files.readAllBytes(folder.resolve("manager.d/files"));
      var program = new ManagerProgram(folder, list);
      return program.lines[0].startsWith(HEADER) ? program : null;
    } catch (IOException e) {
      return null;
    }
  }

  /// SHA-256 of the list: the name of the build.
  public String hash() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(list));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// As `status.availableArchitectures` names it.
  public String architecture() {
    return ManagerOffer.architecture(lines[0].substring(HEADER.length()).strip());
  }

  byte[] list() {
    return list.clone();
  }

  /// A part of the file at a place in the list; empty at its end.
  byte[] part(int file, long at, int length) throws IOException {
    if (file < 0 || file + 1 >= lines.length) {
      throw new IOException("the instance asks for file " + file + ", which the list doesn't have");
    }
    Path path = folder.resolve(lines[file + 1].split(" ", 5)[4]);
    try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer part = ByteBuffer.allocate((int) Math.min(length, Math.max(0, in.size() - at)));
      while (part.hasRemaining() && in.read(part, at + part.position()) >= 0) {
        continue;
      }
      return part.array();
    }
  }
}
